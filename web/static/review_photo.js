// The photo with the evidence drawn on it: zoomed to it, moved by hand, turned, and with more contrast.
import { at, el, svg } from "./review_dom.js";

const AROUND = 1.6;  // the evidence is shown with so much around it, as a share of its own size
const LEAST = 0.22;  // but never less of the photo than this share
const known = new Map();  // sizes of photos by address, loaded ahead

export function load(url) {
  if (!known.has(url)) {
    known.set(url, new Promise((resolve) => {
      const image = new Image();
      image.onload = () => image.decode().catch(() => {}).then(() => resolve(image));
      image.onerror = () => { known.delete(url); resolve(null); };
      image.src = url;
    }));
  }
  return known.get(url);
}

export class Photo {
  constructor(stage) {
    this.stage = stage;
    this.turn = 0;
    stage.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    stage.addEventListener("pointerdown", (event) => this.#drag(event));
    stage.addEventListener("dblclick", () => this.whole());
  }

  async show(picture, boxes, label) {
    const asked = this.asked = Symbol("photo");
    this.drawn = null;
    this.turn = 0;
    at("open-photo").hidden = picture === null;
    if (picture !== null) at("open-photo").href = picture.url;
    if (picture === null || !picture.shown) return this.#say(picture === null ? "There is no photo: it was entered by hand, or deleted." : "A browser cannot show this file here. “Open” shows or saves it.");
    const image = await load(picture.url);
    if (this.asked !== asked) return undefined;
    if (image === null) return this.#say("The photo could not be loaded. “Open” tries it in a page of its own.");
    this.width = image.naturalWidth;
    this.height = image.naturalHeight;
    this.boxes = boxes.filter((one) => one.box && one.box.page === 0);
    const marks = this.boxes.flatMap((one) => ["box halo", "box"].map((kind) => svg("polygon", {
      class: kind, "data-field": one.name, points: one.box.corners.map(([x, y]) => `${x * this.width},${y * this.height}`).join(" "),
    })));
    this.group = svg("g", {}, svg("image", { href: picture.url, width: this.width, height: this.height }), ...marks);
    this.drawn = svg("svg", { class: "photo", role: "img", "aria-label": label, preserveAspectRatio: "xMidYMid meet" }, this.group);
    this.stage.replaceChildren(this.drawn);
    this.zoomed = this.boxes.length > 0;
    this.zoomed ? this.evidence() : this.whole();
    return undefined;
  }

  #say(text) { this.stage.replaceChildren(el("p", { class: "quiet" }, text)); }

  // Mark the field that is edited, and bring it into view.
  mark(name) {
    for (const mark of this.drawn?.querySelectorAll(".box:not(.halo)") ?? []) mark.classList.toggle("active", mark.dataset.field === name);
    this.active = name;
    if (this.drawn && this.zoomed && this.boxes.some((one) => one.name === name)) this.evidence(name);
  }

  toggle() { if (this.drawn) { this.zoomed ? this.whole() : this.evidence(this.active); } }

  evidence(name) {
    if (!this.drawn) return;
    const chosen = this.boxes.filter((one) => one.name === name);
    const corners = (chosen.length ? chosen : this.boxes).flatMap((one) => one.box.corners);
    if (!corners.length) return this.whole();
    const xs = corners.map(([x]) => x * this.width), ys = corners.map(([, y]) => y * this.height);
    const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
    const width = Math.min(this.width, Math.max((right - left) * AROUND, this.width * LEAST));
    const height = Math.min(this.height, Math.max((bottom - top) * AROUND, this.height * LEAST));
    this.zoomed = true;
    return this.#see((left + right - width) / 2, (top + bottom - height) / 2, width, height);
  }

  whole() {
    if (!this.drawn) return;
    this.zoomed = false;
    this.#see(0, 0, this.width, this.height);
  }

  rotate() {
    if (!this.drawn) return;
    this.turn = (this.turn + 90) % 360;
    const [x, y] = [this.width / 2, this.height / 2];
    this.group.setAttribute("transform", `rotate(${this.turn} ${x} ${y})`);
    const lying = this.turn % 180 !== 0;
    const [width, height] = lying ? [this.height, this.width] : [this.width, this.height];
    this.zoomed = false;
    this.#see(x - width / 2, y - height / 2, width, height);
  }

  #see(x, y, width, height) {
    this.view = [x, y, width, height];
    this.drawn.setAttribute("viewBox", this.view.join(" "));
  }

  #wheel(event) {
    if (!this.drawn) return;
    event.preventDefault();
    const by = event.deltaY < 0 ? 0.8 : 1.25;
    const [x, y, width, height] = this.view;
    const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(this.drawn.getScreenCTM().inverse());
    const next = Math.min(Math.max(width * by, this.width / 40), this.width * 2);
    const share = next / width;
    this.#see(point.x - (point.x - x) * share, point.y - (point.y - y) * share, next, height * share);
  }

  #drag(event) {
    if (!this.drawn || event.button !== 0) return;
    const scale = 1 / this.drawn.getScreenCTM().a;
    const [x, y, width, height] = this.view;
    const move = (now) => this.#see(x - (now.clientX - event.clientX) * scale, y - (now.clientY - event.clientY) * scale, width, height);
    const end = () => { removeEventListener("pointermove", move); removeEventListener("pointerup", end); removeEventListener("pointercancel", end); };
    addEventListener("pointermove", move);
    addEventListener("pointerup", end);
    addEventListener("pointercancel", end);
  }
}
