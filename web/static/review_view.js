// One item on the screen: why it is here, how sure it is, and what stands beside it.
import { at, el, moment, words } from "./review_dom.js";
import { chart } from "./review_chart.js";

const STATES = { accepted: "counts already", flagged: "waits", verified: "confirmed by a person", corrected: "corrected by a person", rejected: "rejected", voided: "taken back" };
export const state = (code) => STATES[code] ?? words(code);

export function view(item, keys, act) {
  at("item").dataset.id = item.id;
  at("item-title").textContent = item.blind ? `Blind check: ${words(item.event_type).toLowerCase()}` : words(item.event_type);
  at("item-where").replaceChildren(item.vehicle, " · ", moment.format(new Date(item.occurred_at)));
  at("item-sure").replaceChildren(sure(item));
  at("reasons").replaceChildren(...reasons(item));
  at("chart").replaceChildren(...chart(item));
  at("beside").replaceChildren(...beside(item, act));
  actions(item, keys);
}

function sure(item) {
  if (item.blind) return el("span", { class: "badge" }, "unseen");
  if (item.review_state !== "flagged") return el("span", { class: "badge plain" }, state(item.review_state));
  return item.confidence === null ? el("span", { class: "badge plain", title: "Nobody has measured how often such readings are right" }, "not measured") : el("span", { class: `badge ${item.confidence < 80 ? "bad" : "warn"}` }, `${item.confidence} % sure`);
}

function reasons(item) {
  if (item.blind) return [el("p", { class: "note" }, "Type what the photo shows. What the machine read is kept from you, so that your answer measures how often it is right.")];
  const ordered = [...item.reasons].sort((one, other) => Number(other.counts) - Number(one.counts));
  if (!ordered.length) return [];
  return [el("h3", {}, "Why you are asked"), el("ul", {}, ...ordered.map((one) => el("li", { class: one.counts ? "" : "aside" }, el("b", {}, words(one.code)), one.sentence)))];
}

function beside(item, act) {
  const parts = [];
  if (item.duplicates.length) parts.push(el("h2", {}, "May be the same event"), el("div", { class: "others" }, ...item.duplicates.map((one) => card(one, act))));
  if (item.partners.length) parts.push(el("h2", {}, "Photographed at the same stop"), el("div", { class: "others" }, ...item.partners.map((one) => card(one, act))));
  return parts;
}

function card(one, act) {
  const told = `${words(one.event_type)}: ${one.says}`;
  const picture = one.picture?.shown ? el("img", { src: one.picture.url, alt: `Photo: ${told}`, loading: "lazy" }) : el("div", { class: "no-photo", "aria-hidden": "true" });
  const decide = one.pair_id === null ? null : el("div", { class: "wide" },
    el("button", { type: "button", onclick: () => act("same", one) }, one.goes ? "The same: take this one back" : "The same: take that one back"),
    el("button", { type: "button", onclick: () => act("different", one) }, "Two different"));
  return el("div", { class: "other" },
    one.picture ? el("a", { href: one.picture.url, target: "_blank", rel: "noopener" }, picture) : picture,
    el("div", {}, el("p", {}, el("strong", {}, one.says || words(one.event_type))), el("p", { class: "quiet" }, `${one.vehicle} · ${moment.format(new Date(one.occurred_at))}`), el("p", { class: "hint" }, one.sentence ?? `${words(one.event_type)}, ${state(one.review_state)}`)),
    decide);
}

export function actions(item, keys, changed = false) {
  const put = (act, text) => at(`act-${act}`).replaceChildren(...[keys.label(act), text].filter(Boolean));
  put("confirm", item.blind ? "Answer" : changed ? "Save correction" : "Confirm");
  put("reject", item.blind ? "Shows no such event" : "Reject");
  put("later", "Later");
  put("undo", "Undo");
  at("act-move").hidden = item.elsewhere === null;
  if (item.elsewhere) put("move", `Move to ${item.elsewhere.vehicle}`);
  for (const button of document.querySelectorAll(".photo-tools [data-act]")) button.title = keys.on ? `Key: ${keys.chosen[button.dataset.act]}` : "";
}

// Two values side by side: what stands now, and what the person typed.
export function conflict(item, typed) {
  const lines = Object.entries(typed).map(([name, text]) => {
    const field = item.fields.find((one) => one.form.name === name);
    const now = field?.value ?? null;
    return el("li", {}, `${field?.form.label ?? name}: now ${now === null ? "empty" : now}, yours ${text.trim() || "empty"}`);
  });
  return el("div", { class: "note warn" },
    el("p", {}, el("strong", {}, "Somebody changed this meanwhile. "), `It is ${state(item.review_state)}${item.says ? `: ${item.says}` : ""}. Nothing of yours was saved.`),
    lines.length ? el("ul", {}, ...lines) : null,
    el("p", {}, lines.length ? "Save yours over it, or leave it as it is now." : "Look at it as it is now, and decide again or leave it."));
}
