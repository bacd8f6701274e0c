// What every page does: colours, times in the reader's zone, signing out.
import { post, say } from "./api.js";

const stored = (() => { try { return localStorage.getItem("theme"); } catch { return null; } })();
for (const choice of document.querySelectorAll('input[name="theme"]')) {
  if (choice.value === (stored ?? "auto")) choice.checked = true;
  choice.addEventListener("change", () => {
    const theme = choice.value;
    if (theme === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    try { theme === "auto" ? localStorage.removeItem("theme") : localStorage.setItem("theme", theme); } catch { /* for this page alone */ }
  });
}

const shown = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
export function localTimes(root = document) {
  for (const element of root.querySelectorAll("time[datetime]:not([title])")) {
    element.title = element.textContent;
    element.textContent = shown.format(new Date(element.dateTime));
  }
}
localTimes();

document.getElementById("sign-out")?.addEventListener("click", async () => {
  try { location.assign((await post("/signout")).next); } catch (error) { say(error.message, "bad"); }
});

const menu = document.querySelector("details.menu");
document.addEventListener("click", (event) => { if (menu?.open && !menu.contains(event.target)) menu.open = false; });
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && menu?.open) { menu.open = false; menu.querySelector("summary").focus(); }
});
