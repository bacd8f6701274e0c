// The fields of an event: what was read, what a person changes, and what follows from that.
import { post } from "./api.js";
import { at, el, words } from "./review_dom.js";

const WAIT_MS = 120;
const KIND = { number: { inputmode: "decimal" }, whole: { inputmode: "numeric" }, date: { type: "date" }, time: { type: "time" } };

const UNITS = { km: "kilometres", mi: "miles", L: "litres", gal_us: "US gallons", gal_imp: "imperial gallons" };

const shown = (value) => (value === null || value === undefined ? "" : Array.isArray(value) ? value.join(", ") : String(value));

export class Fields {
  constructor(photo) {
    this.photo = photo;
    this.typed = () => {};
  }

  show(item, draft) {
    this.item = item;
    this.changes = {};   // what the person typed, by field, as text
    this.sums = {};      // what followed from it
    this.active = null;
    this.pending = null;
    this.asked = Symbol("fields");
    const open = item.fields.filter((one) => item.blind || one.form.main);
    at("fields").replaceChildren(...open.map((one, place) => this.#field(one, place === 0 && one.form.kind !== "long")));
    const rest = item.fields.filter((one) => !open.includes(one));
    at("more").hidden = !rest.length;
    at("more").open = false;
    at("more-fields").replaceChildren(...rest.map((one) => this.#field(one, false)));
    for (const [name, text] of Object.entries(draft ?? {})) {
      const input = this.input(name);
      if (input) { input.value = text; this.#change(name, text); }
    }
    if (draft && Object.keys(draft).length) this.#follow();
  }

  input(name) { return document.getElementById(`field-${name}`); }

  #field(one, big) {
    const { form } = one;
    const id = `field-${form.name}`;
    const attributes = { id, name: form.name, autocomplete: "off", spellcheck: "false", "aria-describedby": `${id}-about`, ...KIND[form.kind] };
    let input;
    if (form.kind === "choice") {
      const choices = ["", ...form.choices];
      input = el("select", attributes, ...choices.map((choice) => el("option", { value: choice }, choice === "" ? "–" : UNITS[choice] ?? words(choice))));
    } else input = form.kind === "long" ? el("textarea", { ...attributes, rows: 3 }) : el("input", attributes);
    input.value = shown(one.value);
    input.addEventListener("input", () => { this.#change(form.name, input.value); this.#follow(); this.typed(); });
    input.addEventListener("focus", () => { this.active = form.name; this.photo.mark(form.name); });
    const about = this.item.blind ? "Leave empty what the photo does not show." : one.raw && one.raw !== shown(one.value) ? `printed: ${one.raw}` : one.value === null ? "not read" : "";
    const sure = one.probability === null ? null : el("small", { title: "How likely this field is right" }, `${Math.round(one.probability * 100)} %`);
    const ways = one.hypotheses.length ? el("div", { class: "ways", role: "group", "aria-label": `Other ways to read: ${form.label}` }, ...this.#ways(one, input)) : null;
    const wide = form.kind === "long" || form.kind === "list" || ways || big;
    return el("div", { class: `field ${big ? "big" : ""} ${wide ? "wide" : ""}`, "data-field": form.name },
      el("div", { class: "top" }, el("label", { for: id }, form.label), sure), input, el("small", { id: `${id}-about` }, about), ways);
  }

  #ways(one, input) {
    const all = [{ value: shown(one.value), said: shown(one.value) || "nothing", probability: null }, ...one.hypotheses];
    return all.map((way, place) => {
      const share = way.probability === null ? "" : ` · ${(way.probability * 100).toFixed(way.probability < 0.01 ? 1 : 0)} %`;
      return el("button", { type: "button", "data-value": way.value, "aria-pressed": String(place === 0), onclick: () => this.#set(one.form.name, input, way.value) }, `${place === 0 ? "as read: " : ""}${way.said}${share}`);
    });
  }

  #set(name, input, value) {
    input.value = value;
    this.#change(name, value);
    this.#follow();
    this.typed();
  }

  // Choose the next or previous way to read the field in hand, else the first that has several.
  choose(step) {
    const named = this.item.fields.find((one) => one.form.name === this.active && one.hypotheses.length);
    const one = named ?? this.item.fields.find((field) => field.hypotheses.length);
    if (!one) return false;
    const input = this.input(one.form.name);
    const values = [shown(one.value), ...one.hypotheses.map((way) => way.value)];
    const place = Math.max(0, values.indexOf(input.value));
    this.#set(one.form.name, input, values[(place + step + values.length) % values.length]);
    this.photo.mark(one.form.name);
    return true;
  }

  // A digit on the page begins a new number in the first field.
  begin(digit) {
    const one = this.item.fields.find((field) => field.form.kind === "number" || field.form.kind === "whole");
    if (!one) return;
    const input = this.input(one.form.name);
    input.focus();
    this.#set(one.form.name, input, digit);
  }

  #change(name, text) {
    const field = this.item.fields.find((one) => one.form.name === name);
    const same = text.trim() === shown(field.value);
    if (same) delete this.changes[name]; else this.changes[name] = text;
    delete this.sums[name];
    const box = this.input(name).closest(".field");
    box.classList.toggle("changed", !same);
    box.classList.remove("follows");
    for (const way of box.querySelectorAll(".ways button")) way.setAttribute("aria-pressed", String(way.dataset.value === text));
  }

  // Ask what follows, a moment after the last key.
  #follow() {
    if (this.item.blind) return;
    clearTimeout(this.timer);
    const asked = this.asked;
    this.pending = new Promise((resolve) => {
      this.timer = setTimeout(async () => {
        let found = { sums: {}, derived: {} };
        try {
          if (Object.keys(this.changes).length) found = await post(`/v1/review/${this.item.id}/follow`, { values: this.typedValues() });
        } catch { /* half a number: it is refused with its reason when it is saved */ }
        if (asked === this.asked) { this.#shownFollows(found); this.pending = null; }
        resolve();
      }, WAIT_MS);
    });
  }

  #shownFollows(found) {
    this.sums = found.sums;
    const follows = { ...found.derived, ...found.sums };
    for (const field of this.item.fields) {
      const name = field.form.name;
      if (name in this.changes) continue;
      const box = this.input(name).closest(".field");
      const value = name in follows ? shown(follows[name]) : shown(field.value);
      if (this.input(name).value !== value) this.input(name).value = value;
      box.classList.toggle("follows", name in follows);
      const about = at(`field-${name}-about`);
      about.dataset.usual ??= about.textContent;
      about.textContent = name in follows ? `follows from what you changed (was ${shown(field.value) || "not read"})` : about.dataset.usual;
    }
  }

  typedValues() { return Object.fromEntries(Object.entries(this.changes).map(([name, text]) => [name, this.#value(name, text)])); }

  // What is sent: what the person changed, and the sums that were shown to follow from it.
  values() { return { ...this.sums, ...this.typedValues() }; }

  answers() { return Object.fromEntries(this.item.fields.map(({ form }) => [form.name, this.#value(form.name, this.input(form.name).value)])); }

  #value(name, text) {
    const { form } = this.item.fields.find((one) => one.form.name === name);
    const plain = text.trim();
    if (form.kind === "list") return plain ? plain.split(",").map((part) => part.trim()).filter(Boolean) : [];
    if (plain === "") return null;
    if (form.kind === "number" || form.kind === "whole") { const bare = plain.replace(/[\s,'’](?=\d{3}(\D|$))/g, "").replace(",", "."); return Number.isFinite(Number(bare)) ? Number(bare) : plain; }
    return plain;
  }
}
