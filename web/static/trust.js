// Trust: what a promise would change is shown first, then it is kept; each through the API.
import { call, post, say } from "./api.js";

const one = (id) => document.getElementById(id);
const form = one("promise");
let shown = null; // the promise that the preview is of

function chosen() {
  return { event_type: one("promise-type").value || null, error: Number(one("promise-error").value) / 100 };
}

function forget() {
  shown = null;
  one("keep").hidden = true;
  one("preview").replaceChildren();
}

const count = (n, singular, plural) => `${n.toLocaleString()} ${n === 1 ? singular : plural}`;

async function look(promise) {
  try {
    const moved = await post("/v1/promises/preview", promise);
    const told = document.createElement("p");
    told.className = "note";
    told.textContent = moved.accepted + moved.flagged === 0
      ? `None of ${count(moved.looked_at, "undecided event", "undecided events")} would move. New events are judged by it.`
      : `Of ${count(moved.looked_at, "undecided event", "undecided events")}, ${count(moved.flagged, "accepted one", "accepted ones")} would go to a person, and ${count(moved.accepted, "waiting one", "waiting ones")} would need none.`;
    one("preview").replaceChildren(told);
    one("keep").hidden = false;
    one("promise-keep").textContent = promise.error === null ? "Take the promise back" : `Promise at most ${+(promise.error * 100).toFixed(4)} % wrong`;
    shown = promise;
  } catch (error) { forget(); say(error.message, "bad"); }
}

if (form) {
  const promises = JSON.parse(form.dataset.promises);
  const drop = one("promise-drop");
  one("promise-type").addEventListener("change", () => {
    const type = one("promise-type").value;
    one("promise-error").value = +((promises[type] ?? promises[""]) * 100).toFixed(4);
    drop.hidden = type === "" || !(type in promises);
    forget();
  });
  one("promise-error").addEventListener("input", forget);
  form.addEventListener("submit", (event) => { event.preventDefault(); look(chosen()); });
  drop.addEventListener("click", () => look({ ...chosen(), error: null }));
  one("promise-keep").addEventListener("click", async () => {
    const button = one("promise-keep");
    button.disabled = true;
    try {
      await call("PUT", "/v1/promises", { body: { ...shown, apply: one("promise-apply").checked } });
      location.reload();
    } catch (error) { button.disabled = false; say(error.message, "bad"); }
  });
}

one("blind")?.addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    await call("PATCH", "/v1/policy", { body: { blind_share: Number(one("blind-share").value) / 100 } });
    location.reload();
  } catch (error) { say(error.message, "bad"); }
});
