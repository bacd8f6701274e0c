// Operations: the page asks for itself again and puts in place what has changed. What the reader uses stays as it is.
import { localTimes } from "./base.js";
import { post, say } from "./api.js";

const EVERY_MS = 5_000;
const live = document.getElementById("live");
let waiting = null;

try { live.checked = sessionStorage.getItem("operations-live") !== "no"; } catch { /* for this page alone */ }
live.disabled = false;
live.addEventListener("change", () => {
  try { sessionStorage.setItem("operations-live", live.checked ? "yes" : "no"); } catch { /* for this page alone */ }
  schedule();
});
document.addEventListener("visibilitychange", schedule);

function schedule() {
  clearTimeout(waiting);
  if (live.checked && document.visibilityState === "visible") waiting = setTimeout(refresh, EVERY_MS);
}

// Where somebody is at work: with the keyboard, with the pointer, or with text that is marked.
function inUse(part) {
  const chosen = getSelection();
  return part.contains(document.activeElement) || part.matches(":hover:has(button, a)") || (!chosen.isCollapsed && part.contains(chosen.anchorNode));
}

async function refresh(all = false) {
  clearTimeout(waiting);
  try {
    const answer = await fetch("/operations", { headers: { Accept: "text/html" }, credentials: "same-origin", redirect: "manual" });
    if (answer.ok) place(new DOMParser().parseFromString(await answer.text(), "text/html"), all === true);
    else if (answer.type === "opaqueredirect") { location.reload(); return; }
  } catch { /* the network is away; the time that is shown says how old all this is */ }
  schedule();
}

function place(fresh, all) {
  for (const part of document.querySelectorAll("[data-part]")) {
    const now = fresh.getElementById(part.id);
    if (!now || part.dataset.shown === now.innerHTML || (!all && inUse(part))) continue;
    part.dataset.shown = now.innerHTML;
    const before = anchor();
    part.replaceChildren(...[...now.childNodes].map((node) => document.importNode(node, true)));
    localTimes(part);
    if (before) window.scrollBy(0, before.element.getBoundingClientRect().top - before.top);
  }
  const asOf = document.getElementById("as-of");
  asOf.replaceChildren(...[...fresh.getElementById("as-of").childNodes].map((node) => document.importNode(node, true)));
  localTimes(asOf);
}

// The first part that begins below the upper edge: it stays where it is, whatever grows above it.
function anchor() {
  const element = [...document.querySelectorAll("main > *")].find((one) => one.getBoundingClientRect().top >= 0);
  return window.scrollY > 0 && element ? { element, top: element.getBoundingClientRect().top } : null;
}

for (const part of document.querySelectorAll("[data-part]")) part.dataset.shown = "";

document.getElementById("troubles").addEventListener("click", async (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  button.disabled = true;
  try {
    if ("retryOne" in button.dataset) {
      await post(`/v1/uploads/${button.dataset.retryOne}/retry`);
      say("It is read again.", "good");
    } else {
      const { queued } = await post("/v1/operations/retry", { code: button.dataset.retryAll });
      say(`${queued.toLocaleString()} ${queued === 1 ? "is" : "are"} read again.`, "good");
    }
    await refresh(true);
    document.getElementById("troubles-head").setAttribute("tabindex", "-1");
    document.getElementById("troubles-head").focus({ preventScroll: true });
  } catch (error) { button.disabled = false; say(error.message, "bad"); }
});

schedule();
