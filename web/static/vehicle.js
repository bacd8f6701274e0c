// A vehicle's page: what its record says, and where its meter was cut.
import { call, post } from "./api.js";
import { sayAfterLoading } from "./later.js";

const vehicle = document.getElementById("vehicle").dataset.vehicle;

function tell(place, error) {
  place.textContent = error.message;
  place.hidden = false;
  place.scrollIntoView({ block: "nearest" });
}

function affected(answer) {
  const others = answer?.affected?.length ?? 0;
  return others ? ` ${others} ${others === 1 ? "event" : "events"} changed with it.` : "";
}

const facts = document.getElementById("facts");
facts?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const changes = {};
  for (const field of facts.elements) {
    if (!field.name || field.value === field.dataset.was) continue;
    const text = field.value.trim();
    if (text === "") changes[field.name] = null;
    else changes[field.name] = field.type === "number" ? Number(text) : text;
  }
  const refused = facts.querySelector("[role=alert]");
  refused.hidden = true;
  if (!Object.keys(changes).length) return tell(refused, { message: "Nothing was changed." });
  try {
    sayAfterLoading("Saved." + affected(await call("PATCH", `/v1/vehicles/${vehicle}`, { body: changes })));
  } catch (error) { tell(refused, error); }
});

const cut = document.getElementById("cut");
cut?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const said = Object.fromEntries(new FormData(cut));
  const refused = cut.querySelector("[role=alert]");
  refused.hidden = true;
  const body = {
    at: new Date(said.at).toISOString(), kind: said.kind, before: Number(said.before), after: Number(said.after),
    counts: said.counts || null, unit: said.kind === "unit_change" ? said.unit || null : null,
  };
  try {
    sayAfterLoading("Noted." + affected(await post(`/v1/vehicles/${vehicle}/cuts`, body)));
  } catch (error) { tell(refused, error); }
});

for (const button of document.querySelectorAll("[data-void-cut]")) {
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      sayAfterLoading("Taken back." + affected(await post(`/v1/cuts/${button.dataset.voidCut}/void`)));
    } catch (error) {
      button.disabled = false;
      tell(document.getElementById("cut-refused"), error);
    }
  });
}
