// An event's page: decisions go through the API with the version that was seen; values light up where they were read.
import { post } from "./api.js";
import { sayAfterLoading } from "./later.js";

const { event: id, version } = document.getElementById("event").dataset;
const refused = document.getElementById("refused");
const DONE = { confirm: "Confirmed.", correct: "Corrected.", reject: "Rejected.", void: "Taken back." };
const ASKED = {
  reject: ["Reject this event?", "It says that the photo shows no such event. It then counts nowhere.", "Reject"],
  void: ["Take this event back?", "It then counts nowhere any more. It stays visible, with who took it back.", "Take back"],
};

function tell(error) {
  refused.replaceChildren();
  const said = document.createElement("p");
  said.textContent = error.message;
  refused.append(said);
  if (error.status === 412 || error.status === 409) {
    const now = document.createElement("a");
    now.href = location.pathname;
    now.target = "_blank";
    now.textContent = "Open it as it stands now, in a new tab";
    refused.append(now);
  }
  refused.hidden = false;
  refused.scrollIntoView({ block: "nearest" });
}

async function decide(decision, body = {}) {
  const buttons = document.querySelectorAll("#event button");
  for (const button of buttons) button.disabled = true;
  refused.hidden = true;
  try {
    const answer = await post(`/v1/events/${id}/${decision}`, body, { headers: { "If-Match": `"${version}"` } });
    const others = answer?.affected?.length ?? 0;
    sayAfterLoading(DONE[decision] + (others ? ` ${others} other ${others === 1 ? "event" : "events"} changed with it.` : ""));
  } catch (error) {
    for (const button of buttons) button.disabled = false;
    tell(error);
  }
}

for (const button of document.querySelectorAll("[data-do]")) button.addEventListener("click", () => decide(button.dataset.do));

const dialog = document.getElementById("ask");
let asked = "";
for (const button of document.querySelectorAll("[data-ask]")) {
  button.addEventListener("click", () => {
    asked = button.dataset.ask;
    const [title, text, yes] = ASKED[asked];
    document.getElementById("ask-title").textContent = title;
    document.getElementById("ask-text").textContent = text;
    document.getElementById("ask-yes").textContent = yes;
    dialog.showModal();
  });
}
document.getElementById("ask-no")?.addEventListener("click", () => dialog.close());
document.getElementById("ask-yes")?.addEventListener("click", () => { dialog.close(); decide(asked); });

const form = document.getElementById("correct");
const opener = document.getElementById("open-correct");
function show(open) {
  form.hidden = !open;
  opener.setAttribute("aria-expanded", String(open));
  if (open) form.querySelector("input, select").focus();
  else opener.focus();
}
opener?.addEventListener("click", () => show(form.hidden));
document.getElementById("close-correct")?.addEventListener("click", () => { form.reset(); show(false); });

// "1,234.5" and "1234.5" are the same number; null where it is none.
function number(text) {
  const plain = text.replace(/[\s']/g, "").replace(/,(?=\d{3}(\D|$))/g, "");
  return /^-?\d+(\.\d+)?$/.test(plain) ? Number(plain) : null;
}

form?.addEventListener("submit", (event) => {
  event.preventDefault();
  const values = {};
  for (const field of form.elements) {
    if (!field.name || field.value === field.dataset.was) continue;
    const text = field.value.trim();
    field.removeAttribute("aria-invalid");
    if (text === "") values[field.name] = null;
    else if (field.dataset.kind !== "number") values[field.name] = text;
    else if (number(text) !== null) values[field.name] = number(text);
    else {
      field.setAttribute("aria-invalid", "true");
      field.focus();
      tell({ message: `"${text}" is no number. Write it with a point before the decimals, such as 1234.5.` });
      return;
    }
  }
  if (Object.keys(values).length) decide("correct", { values });
  else tell({ message: "Nothing was changed. Change a value, or cancel." });
});

for (const button of document.querySelectorAll("[data-pair]")) {
  button.addEventListener("click", async () => {
    try {
      await post(`/v1/duplicates/${button.dataset.pair}/decision`, { decision: button.dataset.decision });
      sayAfterLoading("Noted.");
    } catch (error) { tell(error); }
  });
}

const places = document.querySelectorAll(".evidence [data-box]");
for (const row of document.querySelectorAll("tr[data-box]")) {
  const light = (on) => {
    row.classList.toggle("here", on);
    for (const place of places) if (place.dataset.box === row.dataset.box) place.classList.toggle("here", on);
  };
  row.addEventListener("pointerenter", () => light(true));
  row.addEventListener("pointerleave", () => light(false));
}
for (const place of places) {
  const rows = [...document.querySelectorAll("tr[data-box]")].filter((row) => row.dataset.box === place.dataset.box);
  place.addEventListener("pointerenter", () => { for (const row of rows) row.classList.add("here"); });
  place.addEventListener("pointerleave", () => { for (const row of rows) row.classList.remove("here"); });
}
