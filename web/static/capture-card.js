// One photo as people see it: where it stands, what was read, and what to do.

const ICONS = () => document.getElementById("icons").dataset.href;

const HINTS = {
  blurred: "This photo looks blurred. It is sent all the same; a steadier one is read more surely.",
  dark: "This photo is dark. It is sent all the same; with more light it is read more surely.",
  glare: "There is much glare in this photo. It is sent all the same; from another angle it is read more surely.",
};

const DOUBTS = {
  confidence_unknown: "Nobody has counted yet how often photos of this kind are read rightly.",
  confidence_low: "The digits are not clear enough to take them without a look.",
  promise_unsupported: "Too few photos of this kind were counted to take one without a look.",
};
// In a driver's words; every other flag's own sentence is plain already, and has its numbers.

const UNITS = { gal_us: "gal", gal_imp: "imp. gal", L: "L" };
const shown = (value, digits = 3) => value.toLocaleString("en-US", { maximumFractionDigits: digits });
const money = (value, currency) => `${value.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 3 })}${currency ? ` ${currency}` : ""}`;
const known = (value) => value !== null && value !== undefined;

// What an event says, in a few words.
export function said({ event_type: type, payload }) {
  if (type === "odometer_reading") return known(payload.reading) ? `${shown(payload.reading, 1)}${payload.unit ? ` ${payload.unit}` : ""}` : "An odometer that could not be read";
  if (type === "fuel_purchase") {
    const parts = [];
    if (known(payload.volume)) parts.push(`${shown(payload.volume)} ${UNITS[payload.volume_unit] ?? payload.volume_unit ?? ""}`.trim());
    else if (known(payload.energy_kwh)) parts.push(`${shown(payload.energy_kwh)} kWh`);
    if (known(payload.total_cost)) parts.push(`${parts.length ? "for " : ""}${money(payload.total_cost, payload.currency)}`);
    return parts.join(" ") || "A fuel slip without its numbers";
  }
  if (type === "maintenance") {
    const work = payload.service_type ? payload.service_type.replaceAll("_", " ") : "Service";
    const name = work[0].toUpperCase() + work.slice(1);
    return known(payload.cost) ? `${name} for ${money(payload.cost, payload.currency)}` : name;
  }
  if (type === "issue_report") return `“${payload.description}”`;
  if (type === "trip_batch") return `${shown(payload.trips.length)} trips`;
  return type.replaceAll("_", " ");
}

const DISTANCE = ["km", "mi"];
const FIELDS = {
  odometer_reading: [["reading", "Odometer", "number"], ["unit", "Unit", DISTANCE]],
  fuel_purchase: [["volume", "Volume", "number"], ["volume_unit", "Unit", ["L", "gal_us", "gal_imp"]], ["total_cost", "Total", "number"], ["currency", "Currency", "text"]],
  maintenance: [["cost", "Total", "number"], ["currency", "Currency", "text"], ["odometer", "Odometer", "number"], ["odometer_unit", "Unit", DISTANCE]],
  issue_report: [["description", "What is wrong", "words"]],
};
// What a driver puts right on the phone; the rest is put right at the desk.

// A number as people type it: 123,456 or 123 456 or 12.5 or 12,5. NaN where it is none.
export function typedNumber(text) {
  const plain = text.trim().replaceAll(/[\s'’]/g, "");
  if (/^\d{1,3}([.,]\d{3})+$/.test(plain)) return Number(plain.replaceAll(/[.,]/g, ""));
  return plain === "" ? NaN : Number(plain.replace(",", "."));
}

export function element(name, attributes = {}, ...inside) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (value === true) made.setAttribute(key, "");
    else if (value !== false && known(value)) made.setAttribute(key, value);
  }
  made.append(...inside.filter((one) => one !== null && one !== undefined && one !== false));
  return made;
}

export function icon(name) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg"), use = document.createElementNS(space, "use");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `${ICONS()}#${name}`);
  svg.append(use);
  return svg;
}

const READING = new Set(["processing"]);
export const UNDECIDED = new Set(["accepted", "flagged"]);

// Where a photo stands: {word, kind, icon, text}; `kind` colours the badge.
export function standing(photo) {
  const upload = photo.upload;
  if (photo.state === "kept") return { word: "On this phone", kind: "plain", icon: "clock", text: photo.error ? `${photo.error} It is tried again.` : "It is sent as soon as there is network." };
  if (photo.state === "sending") return { word: "Sending", kind: "", icon: "photo", text: "" };
  if (photo.state === "refused") return { word: "Not taken", kind: "bad", icon: "cross", text: photo.error };
  if (photo.state === "landed" && READING.has(upload?.state)) return { word: "Being read", kind: "", icon: "search", text: "" };
  if (photo.state === "landed") return { word: "Landed", kind: "", icon: "check", text: upload?.error_message ? "It could not be read yet; it is tried again." : "It waits for its turn." };
  if (upload.state === "recorded") {
    if (upload.events.length === 0) return { word: "Read", kind: "plain", icon: "check", text: "It shows what another photo of yours has told already." };
    if (upload.events.some((event) => UNDECIDED.has(event.review_state))) return { word: "Read", kind: "", icon: "check", text: "" };
    return { word: "Done", kind: "good", icon: "check", text: "" };
  }
  if (upload.state === "unrecognised") return { word: "Nothing found", kind: "warn", icon: "warning", text: upload.error_message ?? "It shows nothing that we know." };
  if (upload.state === "rejected") return { word: "Cannot be read", kind: "bad", icon: "cross", text: upload.error_message };
  return { word: "Not read", kind: "bad", icon: "cross", text: upload.error_message };
}

const NEXT = {
  unrecognised: "Take another, nearer to the numbers and straight. Somebody looks at this one too.",
  rejected: "Take the photo again.",
  failed: "Nothing is lost: the photo is kept, and it can be read again at the desk.",
};

// What is said to screen readers when a photo gets somewhere.
export function spoken(photo) {
  const found = photo.state === "answered" ? (photo.upload.events ?? []).map((event) => said(event)).join("; ") : "";
  return `${photo.vehicle}: ${found || standing(photo).word}`;
}

// The time alone for what was taken today.
function moment(at) {
  const today = at.toDateString() === new Date().toDateString();
  return at.toLocaleString(undefined, { hour: "2-digit", minute: "2-digit", ...(today ? {} : { day: "numeric", month: "short" }) });
}

// Build a photo's card. `acts`: what its buttons do; `small`: address of its small copy; `cropOf(event)`: a canvas.
export function card(photo, { acts, small, cropOf, writes }) {
  const stands = standing(photo);
  const at = new Date(photo.kept_at);
  const upload = photo.state === "answered" ? photo.upload : null;
  return element("li", { class: "card photo", id: `photo-${photo.id}`, "data-state": photo.state, tabindex: "-1" },
    element("div", { class: "photo-head" },
      small ? element("img", { src: small, alt: "", class: "small" }) : element("span", { class: "small none" }, icon("photo")),
      element("div", { class: "photo-facts" },
        element("h3", {}, photo.vehicle),
        element("p", { class: "quiet" }, element("time", { datetime: at.toISOString(), title: at.toISOString() }, moment(at))),
      ),
      element("span", { class: `badge ${stands.kind}` }, icon(stands.icon), stands.word),
    ),
    photo.state === "sending" ? element("progress", { max: "1", value: String(photo.progress ?? 0), "aria-label": "How much of the photo was sent" }) : null,
    photo.state === "landed" ? element("progress", { "aria-label": "The photo is being read" }) : null,
    stands.text ? element("p", { class: "stands" }, stands.text) : null,
    upload && NEXT[upload.state] ? element("p", { class: "hint" }, NEXT[upload.state]) : null,
    ...(!upload ? photo.hints ?? [] : []).map((hint) => element("p", { class: "note warn hint-note" }, HINTS[hint])),
    ...(upload?.events ?? []).map((event) => answer(photo, event, acts, cropOf(event), writes)),
    photo.state === "refused" || photo.state === "kept" ? element("div", { class: "buttons" },
      photo.state === "kept" && photo.error ? element("button", { type: "button", onclick: () => acts.again(photo) }, "Try now") : null,
      element("button", { type: "button", class: "danger", onclick: () => acts.remove(photo) }, "Remove")) : null,
  );
}

const DECIDED = {
  verified: "You can move on: it is confirmed.", corrected: "Thank you: it is put right.",
  rejected: "A person said that it is not an event.", voided: "A person took it back.",
};

function answer(photo, event, acts, cropped, writes) {
  const open = UNDECIDED.has(event.review_state) && !event.left;
  const doubts = open ? event.flag_reasons.map((flag) => DOUBTS[flag.code] ?? flag.sentence) : [];
  return element("div", { class: "answer", "data-event": event.id, "data-review": event.review_state },
    cropped,
    element("p", { class: "says" }, element("strong", {}, said(event)), open && writes ? ", right?" : ""),
    open && doubts.length ? element("ul", { class: "doubts" }, ...[...new Set(doubts)].map((doubt) => element("li", {}, doubt))) : null,
    event.left ? element("p", { class: "note" }, "Thank you. This one is checked by somebody who has not seen what was read; you need do nothing.") : null,
    open && event.review_state === "accepted" && !writes ? element("p", { class: "hint" }, "It was read surely enough, and counts.") : null,
    !open && !event.left ? element("p", { class: "hint" }, DECIDED[event.review_state]) : null,
    open && writes ? element("div", { class: "buttons" },
      element("button", { type: "button", class: "primary", onclick: () => acts.confirm(photo, event) }, icon("check"), "Right"),
      FIELDS[event.event_type] ? element("button", { type: "button", "aria-expanded": "false", onclick: (click) => unfold(click.currentTarget) }, "Correct") : null) : null,
    open && writes && FIELDS[event.event_type] ? form(photo, event, acts) : null,
  );
}

function unfold(button) {
  const fields = button.closest(".answer").querySelector("form");
  fields.hidden = !fields.hidden;
  button.setAttribute("aria-expanded", String(!fields.hidden));
  if (!fields.hidden) { const first = fields.querySelector("input, textarea"); first.focus(); first.select(); }
}

function form(photo, event, acts) {
  const inputs = new Map();
  const rows = FIELDS[event.event_type].map(([name, label, kind]) => {
    const id = `${name}-${event.id}`, value = event.payload[name];
    const text = known(value) ? String(value) : "";
    let input;
    if (Array.isArray(kind)) {
      input = element("select", { id }, element("option", { value: "" }, "not known"), ...kind.map((one) => element("option", { value: one }, UNITS[one] ?? one)));
      input.value = text;
    } else if (kind === "words") {
      input = element("textarea", { id, rows: "3", maxlength: "4000" }, text);
    } else {
      input = element("input", { id, value: text, autocomplete: "off", inputmode: kind === "number" ? "decimal" : false, maxlength: kind === "text" ? "3" : "12" });
    }
    inputs.set(name, { input, kind, text, label });
    return element("div", { class: `field ${Array.isArray(kind) || kind === "text" ? "narrow-field" : ""}` }, element("label", { for: id }, label), input);
  });
  const wrong = element("p", { class: "note bad", role: "alert", hidden: true });
  return element("form", {
    class: "correct", hidden: true, onsubmit: (submitted) => {
      submitted.preventDefault();
      const values = {};
      for (const [name, { input, kind, text, label }] of inputs) {
        if (input.value === text) continue;
        const value = kind === "number" ? typedNumber(input.value) : kind === "text" ? input.value.trim().toUpperCase() : input.value;
        if (kind === "number" && input.value.trim() !== "" && !(value >= 0)) {
          wrong.textContent = `${label}: type a number, such as 123456.`;
          wrong.hidden = false;
          input.focus();
          return;
        }
        values[name] = input.value.trim() === "" ? null : value;
      }
      wrong.hidden = true;
      acts.correct(photo, event, values, (text) => { wrong.textContent = text; wrong.hidden = false; });
    },
  }, element("div", { class: "fields" }, ...rows), wrong, element("button", { type: "submit", class: "primary" }, "Save"));
}
