// The account: switch, members, sessions and tokens, each through the API; then the page is shown anew.
import { call, post, say } from "./api.js";

const one = (id) => document.getElementById(id);
const on = (selector, event, act) => { for (const element of document.querySelectorAll(selector)) element.addEventListener(event, () => act(element)); };

// Do it, then show the page anew; what goes wrong is said and changes nothing.
async function change(act) {
  try { await act(); location.reload(); return true; } catch (error) { say(error.message, "bad"); return false; }
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

on("[data-switch]", "click", async (button) => {
  try { location.assign((await post(`/switch/${button.dataset.switch}`)).next); } catch (error) { say(error.message, "bad"); }
});

on("[data-role]", "change", async (choice) => {
  const before = [...choice.options].find((option) => option.defaultSelected).value;
  const losing = "self" in choice.dataset && before === "owner";
  const agreed = !losing || (await sure("Stop being an owner?", "Only another owner can make you one again.", "Yes, change my role"));
  const done = agreed && (await change(() => call("PATCH", `/v1/members/${choice.dataset.role}`, { body: { role: choice.value } })));
  if (!done) choice.value = before;
});

on("[data-remove]", "click", async (button) => {
  const why = "Their sessions and tokens here end at once. What they have done stays in the records under their name.";
  if (await sure(`Remove ${button.dataset.name}?`, why, "Remove")) change(() => call("DELETE", `/v1/members/${button.dataset.remove}`));
});

on("[data-end]", "click", (button) => change(() => call("DELETE", `/v1/sessions/${button.dataset.end}`)));
one("end-others")?.addEventListener("click", async () => {
  if (await sure("End all other sessions?", "Every other browser must sign in again.", "End them")) change(() => call("DELETE", "/v1/sessions"));
});

on("[data-revoke]", "click", async (button) => {
  const why = "The program that uses it is refused at once. This cannot be taken back.";
  if (await sure(`Revoke ${button.dataset.name}?`, why, "Revoke")) change(() => call("DELETE", `/v1/tokens/${button.dataset.revoke}`));
});

one("add-member")?.addEventListener("submit", (event) => {
  event.preventDefault();
  const said = new FormData(event.target);
  change(() => post("/v1/members", { email: said.get("email"), name: said.get("name"), role: said.get("role") }));
});

one("make-token").addEventListener("submit", async (event) => {
  event.preventDefault();
  const said = new FormData(event.target);
  const scopes = said.getAll("scopes");
  if (scopes.length === 0) { say("Choose at least one thing that the token may do.", "bad"); return; }
  try {
    const made = await post("/v1/tokens", { name: said.get("name"), scopes, days: said.get("days") ? Number(said.get("days")) : null });
    one("made-token").value = made.token;
    one("made").showModal();
    one("made-token").select();
  } catch (error) { say(error.message, "bad"); }
});
one("made-copy").addEventListener("click", async () => {
  one("made-token").select();
  try { await navigator.clipboard.writeText(one("made-token").value); one("made-copy").textContent = "Copied"; } catch { one("made-copy").textContent = "Press Ctrl+C or ⌘C"; }
});
one("made-done").addEventListener("click", () => location.reload());
one("made").addEventListener("cancel", (event) => event.preventDefault());
