// Webhooks: added, tried, switched, replayed and removed through the API; then the page is shown anew.
import { call, post, say } from "./api.js";

const one = (id) => document.getElementById(id);
const on = (selector, act) => { for (const button of document.querySelectorAll(selector)) button.addEventListener("click", () => act(button)); };

async function change(act) {
  try { await act(); location.reload(); } catch (error) { say(error.message, "bad"); }
}

// Ask once more before something is taken away. Escape is a no.
function sure(what, why, yes) {
  const dialog = one("sure");
  one("sure-what").textContent = what;
  one("sure-why").textContent = why;
  one("sure-yes").textContent = yes;
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true }));
}
one("sure-yes").addEventListener("click", () => one("sure").close("yes"));
one("sure-no").addEventListener("click", () => one("sure").close(""));

function show(secret) {
  one("made-secret").value = secret;
  one("made").showModal();
  one("made-secret").select();
}

on("[data-ping]", async (button) => {
  button.disabled = true;
  try {
    const told = await post(`/v1/webhooks/${button.dataset.ping}/ping`);
    if (told.state === "delivered") say("It arrived.", "good"); else say(`It did not arrive. ${told.last_error}`, "bad");
  } catch (error) { say(error.message, "bad"); }
  button.disabled = false;
});

on("[data-replay]", (button) => change(() => {
  const until = new Date();
  const since = new Date(until.getTime() - 30 * 86_400_000);
  return post(`/v1/webhooks/${button.dataset.replay}/replay`, { since: since.toISOString(), until: until.toISOString() });
}));

on("[data-enable]", async (button) => {
  const enabled = button.dataset.to === "true";
  const why = "Nothing is sent to it from now on, and what waits is given up. It can be sent again later.";
  if (enabled || (await sure("Switch it off?", why, "Switch off"))) change(() => call("PATCH", `/v1/webhooks/${button.dataset.enable}`, { body: { enabled } }));
});

on("[data-rotate]", async (button) => {
  const why = "For a day, messages are signed with the new secret and with the one before. Then the old one ends.";
  if (!(await sure("Make a new secret?", why, "Make it"))) return;
  try { show((await post(`/v1/webhooks/${button.dataset.rotate}/rotate`, {})).secret); } catch (error) { say(error.message, "bad"); }
});

on("[data-remove]", async (button) => {
  const why = "Nothing is sent to it any more, and what was sent is forgotten here. This cannot be taken back.";
  if (await sure("Remove this webhook?", why, "Remove")) change(() => call("DELETE", `/v1/webhooks/${button.dataset.remove}`));
});

one("add-hook")?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const said = new FormData(event.target);
  const types = said.getAll("types");
  if (types.length === 0) { say("Choose at least one thing to be told of.", "bad"); return; }
  try {
    const body = { url: said.get("url"), description: said.get("description"), types, include_payload: said.has("payload") };
    show((await post("/v1/webhooks", body)).secret);
  } catch (error) { say(error.message, "bad"); }
});
one("made-copy").addEventListener("click", async () => {
  one("made-secret").select();
  try { await navigator.clipboard.writeText(one("made-secret").value); one("made-copy").textContent = "Copied"; } catch { one("made-copy").textContent = "Press Ctrl+C or ⌘C"; }
});
one("made-done").addEventListener("click", () => location.reload());
one("made").addEventListener("cancel", (event) => event.preventDefault());
