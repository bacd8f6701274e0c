// An upload's page: read the photo again.
import { post } from "./api.js";
import { sayAfterLoading } from "./later.js";

const again = document.getElementById("again");
again?.addEventListener("click", async () => {
  again.disabled = true;
  try {
    await post(`/v1/uploads/${again.dataset.upload}/retry`);
    sayAfterLoading("It waits to be read again.");
  } catch (error) {
    const refused = document.getElementById("refused");
    refused.textContent = error.message;
    refused.hidden = false;
    again.disabled = false;
  }
});
