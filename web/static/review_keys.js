// Keys of the desk: one for each action; they can be changed and switched off, and are kept for the person.
import { call } from "./api.js";
import { at, el } from "./review_dom.js";

export const USUAL = {
  confirm: ["Enter", "Confirm, or save what you changed"],
  reject: ["r", "Reject: the photo shows no such event"],
  move: ["w", "Move to the suggested vehicle"],
  undo: ["u", "Undo your last decision"],
  later: ["l", "Leave it for later"],
  next: ["ArrowDown", "Choose the next way to read the field"],
  previous: ["ArrowUp", "Choose the way before"],
  zoom: ["z", "Zoom to the evidence, or to the whole photo"],
  rotate: ["o", "Turn the photo"],
  contrast: ["c", "More contrast"],
  help: ["?", "Show the keys"],
};
const FIXED = new Set(["Tab", "Escape", "Shift", "Control", "Alt", "Meta", " "]);
const SHOWN = { ArrowDown: "↓", ArrowUp: "↑", ArrowLeft: "←", ArrowRight: "→" };

export class Keys {
  constructor(stored, order) {
    this.on = stored.on;
    this.order = order;
    this.chosen = { ...Object.fromEntries(Object.entries(USUAL).map(([act, [key]]) => [act, key])), ...stored.keys };
    this.saved = () => {};
    at("keys-save").addEventListener("click", () => this.#save());
    at("keys-usual").addEventListener("click", () => this.#list(Object.fromEntries(Object.entries(USUAL).map(([act, [key]]) => [act, key]))));
  }

  // Return what a key press means, null for nothing. In a text field, letters are letters.
  meaning(event, typing) {
    if (!this.on || event.ctrlKey || event.altKey || event.metaKey) return null;
    const act = Object.keys(this.chosen).find((one) => this.chosen[one] !== "" && this.chosen[one].toLowerCase() === event.key.toLowerCase());
    return typing && event.key.length === 1 ? null : act ?? null;
  }

  label(act) { const key = this.on ? this.chosen[act] : ""; return key ? el("kbd", {}, SHOWN[key] ?? (key.length === 1 ? key.toUpperCase() : key)) : null; }

  show() {
    at("keys-on").checked = this.on;
    this.#list(this.chosen);
    at("keys").showModal();
  }

  #list(chosen) {
    at("keys-wrong").hidden = true;
    at("keys-list").replaceChildren(...Object.entries(USUAL).map(([act, [, told]]) => el("div", {},
      el("label", { for: `key-${act}` }, told),
      el("input", { id: `key-${act}`, "data-act": act, value: chosen[act], autocomplete: "off", placeholder: "none", readonly: true, onkeydown: (event) => this.#press(event) }),
    )));
  }

  #press(event) {
    if (event.key === "Backspace" || event.key === "Delete") event.target.value = "";
    else if (FIXED.has(event.key)) return;
    else event.target.value = event.key;
    event.preventDefault();
    event.stopPropagation();
  }

  async #save() {
    const chosen = Object.fromEntries([...at("keys-list").querySelectorAll("input")].map((input) => [input.dataset.act, input.value]));
    const used = Object.values(chosen).filter(Boolean).map((key) => key.toLowerCase());
    const twice = used.find((key, place) => used.indexOf(key) !== place);
    at("keys-wrong").hidden = !twice;
    if (twice) { at("keys-wrong").textContent = `“${twice}” stands for two things. Choose another key for one of them.`; return; }
    this.chosen = chosen;
    this.on = at("keys-on").checked;
    try {
      await this.keep();
      at("keys").close();
      this.saved();
    } catch (error) {
      at("keys-wrong").hidden = false;
      at("keys-wrong").textContent = error.message;
    }
  }

  keep() { return call("PUT", "/v1/review/preferences", { body: { order: this.order, keys_on: this.on, keys: this.chosen } }); }
}
