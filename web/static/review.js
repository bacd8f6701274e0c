// The desk: items come ahead of their turn and are held while they lie here; a decision is sent while the next is shown.
import { Refused, get, post, say } from "./api.js";
import { at, el } from "./review_dom.js";
import { Fields } from "./review_fields.js";
import { Keys } from "./review_keys.js";
import { Photo, load } from "./review_photo.js";
import { actions, conflict, view } from "./review_view.js";

const AHEAD = 3;
const RENEW_MS = 45_000;
const LOOK_MS = 30_000;
const AGAIN_MS = 150;
const TRIES = 8;
const WAITS = new Set(["flagged", "accepted"]);
const GONE = new Set(["version_conflict", "already_decided", "duplicate_decided", "answer_unseen", "answer_seen", "event_unknown", "sample_unknown"]);

const place = at("desk").dataset;
const keys = new Keys(JSON.parse(place.keys), at("order").value);
const photo = new Photo(at("stage"));
const fields = new Fields(photo);
const remembered = (name, usual) => { try { return JSON.parse(sessionStorage.getItem(`review:${place.user}:${name}`)) ?? usual; } catch { return usual; } };
const remember = (name, value) => { try { sessionStorage.setItem(`review:${place.user}:${name}`, JSON.stringify(value)); } catch { /* for this page alone */ } };
const desk = remembered("desk", null) ?? crypto.randomUUID?.() ?? [...crypto.getRandomValues(new Uint8Array(16))].map((byte, i) => byte.toString(16).padStart(2, "0") + ([3, 5, 7, 9].includes(i) ? "-" : "")).join("");
remember("desk", desk);
const past = remembered("past", []);      // what was decided here, last first to be undone
const times = remembered("times", []);    // seconds that items were on the screen
const sending = new Set();                // ids whose decisions are on their way
const settled = new Set();                // ids that were decided here: an answer asked for before does not bring them back
const laid = new Set();                // ids that were left for later
const lost = new Set();                   // ids that another has taken meanwhile
let hand = [];
let since = 0;
let waiting = null;
let dealing = null;
let sent = Promise.resolve();

const draftName = (id) => `review:draft:${place.user}:${id}`;
const drafts = {
  of(id) { try { return JSON.parse(localStorage.getItem(draftName(id))); } catch { return null; } },
  keep(id, typed) { try { Object.keys(typed).length ? localStorage.setItem(draftName(id), JSON.stringify(typed)) : localStorage.removeItem(draftName(id)); } catch { /* it stays on the page */ } },
};

function only(id) { for (const one of ["loading", "none", "broken", "item"]) at(one).hidden = one !== id; }

function pace() {
  const sorted = [...times].sort((one, other) => one - other);
  const median = sorted.length ? sorted[Math.floor(sorted.length / 2)] : null;
  const left = waiting === null ? "" : waiting.more ? `more than ${waiting.count.toLocaleString()} left` : `${waiting.count} left`;
  at("pace").textContent = [past.length ? `${past.length} done` : "", left, median === null ? "" : `${median < 10 ? median.toFixed(1) : Math.round(median)} s each`].filter(Boolean).join(" · ");
}

function show({ notice = null, focus = false } = {}) {
  const item = hand[0];
  pace();
  if (!item) { at("undo-none").hidden = !past.length; only(dealing || sending.size ? "loading" : "none"); return; }
  const draft = drafts.of(item.id);
  view(item, keys, act);
  only("item");
  photo.show(item.picture, item.fields.map((one) => ({ name: one.form.name, box: one.box })), `Photo of ${item.vehicle}`);
  fields.show(item, draft);
  changed();
  at("notice").replaceChildren(...[notice ?? (draft ? el("p", { class: "note" }, "What you typed before is here again; it is not saved yet.") : null)].filter(Boolean));
  at("told").textContent = `${at("item-title").textContent}, ${item.vehicle}`;
  since = performance.now();
  if (focus || document.activeElement?.closest("#item, #none")) { at("content").focus({ preventScroll: true }); scrollTo({ top: 0 }); }
}

async function fill(event = null) {
  if (dealing) return dealing;
  dealing = (async () => {
    const held = [...hand.map((one) => one.id), ...sending];
    const asked = { desk, order: keys.order, held, count: Math.max(1, AHEAD - hand.length), vehicle_id: place.vehicle || null, event_id: event };
    const dealt = await post("/v1/review/next", asked);
    waiting = { count: dealt.waiting, more: dealt.more };
    const fresh = dealt.items.filter((item) => !hand.some((one) => one.id === item.id) && !settled.has(item.id));
    for (const item of fresh) if (item.picture?.shown) load(item.picture.url);
    hand.push(...fresh);
  })();
  try { await dealing; } finally { dealing = null; }
  return undefined;
}

async function refill(options) {
  const bare = hand.length === 0;
  if (bare) only("loading");
  try {
    await fill();
    // rows that a decision is just writing are passed over: ask again in a moment
    for (let tries = 0; !hand.length && waiting.count > laid.size && tries < TRIES; tries += 1) {
      await new Promise((resolve) => { setTimeout(resolve, AGAIN_MS); });
      await fill();
    }
    if (at("item").hidden) show(options); else pace();  // the last one may have been decided meanwhile
  } catch (error) { if (at("item").hidden) broken(error); else say(error.message, "bad"); }
}

function broken(error) {
  if (error instanceof Refused && error.code === "session_expired") location.assign(`/signin?next=${encodeURIComponent(location.pathname + location.search)}`);
  at("broken-why").textContent = error instanceof Refused ? error.message : "The server does not answer. What you typed is kept here.";
  only("broken");
}

// Take the item off the desk, show the next at once, and send what was decided meanwhile.
function done(body, { typed = {} } = {}) {
  const [item] = hand.splice(0, 1);
  sending.add(item.id);
  settled.add(item.id);
  times.push((performance.now() - since) / 1000);
  past.push(item.id);
  if (waiting && !waiting.more) waiting.count = Math.max(0, waiting.count - 1);
  show();
  sent = sent.then(async () => {
    try {
      const made = await decide(item, body);
      drafts.keep(item.id, {});
      // what is decided is decided, also where the others are not heard of: deciding on them tells
      await refresh(made.affected.map((effect) => effect.event_id)).catch(() => {});
    } catch (error) {
      past.splice(past.lastIndexOf(item.id), 1);
      times.pop();
      await back(item, typed, error);
    } finally {
      sending.delete(item.id);
      remember("past", past.slice(-200));
      remember("times", times.slice(-200));
      if (hand.length < AHEAD) refill();
    }
  });
}

// Decide on what was seen. One's own decisions move the flags of others: what still says the same is decided as it is now.
async function decide(item, body) {
  const send = (version) => post(`/v1/review/${item.id}/decide`, { version, ...body });
  try { return await send(item.version); } catch (error) {
    if (!(error instanceof Refused) || error.code !== "version_conflict") throw error;
    const now = await get(`/v1/review/${item.id}`);
    if (!WAITS.has(now.review_state) || said(now) !== said(item)) throw error;
    return send(now.version);
  }
}

const said = (item) => JSON.stringify([item.vehicle_id, item.blind, item.fields.map((one) => one.value)]);

// What a decision did to items that lie here is shown; what waits no longer leaves.
async function refresh(ids) {
  for (const id of ids) {
    if (!hand.some((one) => one.id === id)) continue;
    const now = await get(`/v1/review/${id}`);
    const index = hand.findIndex((one) => one.id === id);
    if (index < 0 || index === 0 && Object.keys(fields.changes).length) continue;
    const same = said(hand[index]) === said(now);
    if (now.review_state === "flagged" || now.blind) hand[index] = now; else hand.splice(index, 1);
    if (index > 0) continue;
    if (hand[0] === now && same) { view(now, keys, act); fields.item = now; } else show({ notice: el("p", { class: "note" }, hand[0] === now ? "Your last decision changed how this one is read." : "Your last decision settled the one that was here.") });
  }
}

// A decision was refused: the item comes back with the reason, and with what was typed.
async function back(item, typed, error) {
  drafts.keep(item.id, typed);
  settled.delete(item.id);
  const gone = error instanceof Refused && GONE.has(error.code);
  let now = item;
  if (gone) try { now = await get(`/v1/review/${item.id}`); } catch { /* it is gone indeed */ }
  if (Object.keys(fields.changes).length && !at("item").hidden) {  // nobody types into another item than they look at
    hand.splice(1, 0, now);
    say("A decision could not be saved. Its item comes next.", "bad");
    return;
  }
  hand.unshift(now);
  const notice = gone && error.code === "version_conflict" || error.code === "already_decided" ? conflict(now, typed) : el("p", { class: "note bad" }, error instanceof Refused ? error.message : "It could not be sent: the server does not answer. Nothing is lost; try again.");
  show({ notice });
}

async function confirm() {
  const item = hand[0];
  if (fields.pending) {
    const before = JSON.stringify(fields.sums);
    await fields.pending;
    if (hand[0] !== item) return;
    if (JSON.stringify(fields.sums) !== before) { at("notice").replaceChildren(el("p", { class: "note" }, "Another value follows from your change. Look at it, and save again.")); return; }
  }
  if (item.blind) return done({ decision: "answer", values: fields.answers() }, { typed: { ...fields.changes } });
  const values = fields.values();
  if (Object.keys(values).length) return done({ decision: "correct", values }, { typed: { ...fields.changes } });
  if (item.review_state !== "flagged" && item.review_state !== "accepted") return leave(false);
  return done({ decision: "confirm" });
}

// Let an item go: for later, or because it is settled.
async function leave(later) {
  const [item] = hand.splice(0, 1);
  await post("/v1/review/release", { desk, event_ids: [item.id], later }).catch((error) => say(error.message, "bad"));
  if (later) laid.add(item.id); else settled.add(item.id);
  if (hand.length) { show(); refill(); } else await refill();
}

async function move() {
  const item = hand[0];
  if (!item.elsewhere) return;
  try {
    const moved = await post(`/v1/events/${item.id}/move`, { vehicle_id: item.elsewhere.vehicle_id, version: item.version });
    past.push(item.id);
    remember("past", past.slice(-200));
    say(`Moved to ${moved.vehicle}.`, "good");
    await again(item, moved.review_state);
  } catch (error) { hand.splice(0, 1); await back(item, { ...fields.changes }, error); }
}

// After something else than a decision: show the item as it is now, or the next if it waits no longer.
async function again(item, stands) {
  hand.splice(0, 1);
  if (stands === "flagged") { hand.unshift(await get(`/v1/review/${item.id}`)); show(); return; }
  if (hand.length) { show(); refill(); } else await refill();
}

async function undo() {
  await sent;
  const id = past.at(-1);
  if (!id) { say("There is nothing of this session to undo."); return; }
  try {
    const item = await post(`/v1/review/${id}/undo`);
    past.pop();
    times.pop();
    settled.delete(id);
    if (waiting && !waiting.more) waiting.count += 1;
    hand = hand.filter((one) => one.id !== id);
    hand.unshift(item);
    remember("past", past);
    renew();
    show({ notice: el("p", { class: "note" }, "Undone: it is as it was before you decided.") });
  } catch (error) {
    if (error instanceof Refused && error.code === "nothing_to_undo") { past.pop(); remember("past", past); }
    say(error.message, "bad");
  }
}

async function pair(kind, other) {
  const item = hand[0];
  if (kind === "same" && other.goes) return done({ decision: "void", duplicate: other.pair_id });
  try {
    await post(`/v1/duplicates/${other.pair_id}/decision`, { decision: kind === "same" ? "confirm" : "dismiss" });
    const now = await get(`/v1/review/${item.id}`);
    return await again(item, now.review_state);
  } catch (error) { return say(error.message, "bad"); }
}

function contrast() {
  const on = at("stage").classList.toggle("contrast");
  document.querySelector('[data-act="contrast"]').setAttribute("aria-pressed", String(on));
}

const ACTS = {
  confirm, move, undo, contrast,
  reject: () => done({ decision: hand[0].blind ? "no_event" : "reject" }, { typed: { ...fields.changes } }),
  later: () => leave(true),
  next: () => fields.choose(1), previous: () => fields.choose(-1),
  zoom: () => photo.toggle(), rotate: () => photo.rotate(), help: () => keys.show(),
  same: (other) => pair("same", other), different: (other) => pair("different", other),
};
const WITHOUT_ITEM = new Set(["undo", "help"]);

function act(name, other) { return hand[0] && !at("item").hidden || WITHOUT_ITEM.has(name) ? ACTS[name](other) : undefined; }

function changed() {
  const item = hand[0];
  actions(item, keys, Object.keys(fields.changes).length > 0);
}
fields.typed = () => { drafts.keep(hand[0].id, fields.changes); changed(); };

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || event.repeat && event.key === "Enter" || at("keys").open) return;
  const target = event.target;
  const control = target.closest?.("input, textarea, select");
  const typing = control !== null && control !== undefined;
  if (target.closest?.("button, a, summary, details.menu") && event.key === "Enter") return;
  if (target.tagName === "TEXTAREA" && event.key === "Enter") return;
  if ((target.tagName === "SELECT" || target.tagName === "TEXTAREA" || ["date", "time"].includes(target.type)) && event.key.startsWith("Arrow")) return;
  if (typing && !control.closest("#item")) return;
  if (typing && event.key === "Escape") { control.blur(); return; }
  const meant = keys.meaning(event, typing);
  if (meant) {
    event.preventDefault();
    act(meant);
  } else if (keys.on && !typing && /^\d$/.test(event.key) && !event.ctrlKey && !event.altKey && !event.metaKey && hand[0] && !at("item").hidden) {
    event.preventDefault();
    fields.begin(event.key);
  }
});

at("facts").addEventListener("submit", (event) => { event.preventDefault(); act("confirm"); });
for (const button of document.querySelectorAll("#item [data-act]:not([type=submit])")) button.addEventListener("click", () => act(button.dataset.act));
at("show-keys").addEventListener("click", () => keys.show());
at("undo-none").addEventListener("click", undo);
at("look-again").addEventListener("click", () => refill());
at("try-again").addEventListener("click", () => refill());
keys.saved = () => { if (hand[0]) changed(); };
at("order").addEventListener("change", async () => {
  keys.order = at("order").value;
  try {
    await keys.keep();
    await post("/v1/review/release", { desk, event_ids: hand.map((one) => one.id) });
    hand = [];
    await refill();
  } catch (error) { say(error.message, "bad"); }
});

async function renew() {
  if (!hand.length) return;
  try {
    const held = new Set((await post("/v1/review/renew", { desk, event_ids: hand.map((one) => one.id) })).event_ids);
    for (const item of hand) if (item.review_state === "flagged" && !held.has(item.id)) lost.add(item.id);
    hand = hand.filter((one, index) => index === 0 || !lost.has(one.id));
    if (hand[0] && lost.delete(hand[0].id)) say("This one is on another desk meanwhile, or settled. Deciding tells.");
  } catch { /* the next renewal, or the decision, tells */ }
}
setInterval(renew, RENEW_MS);
setInterval(() => { if (!at("none").hidden && !document.hidden) refill(); }, LOOK_MS);
addEventListener("pagehide", () => {
  if (hand.length) fetch("/v1/review/release", { method: "POST", keepalive: true, credentials: "same-origin", headers: { "Content-Type": "application/json", "X-CSRF-Token": document.querySelector('meta[name="csrf"]').content }, body: JSON.stringify({ desk, event_ids: hand.map((one) => one.id) }) });
});
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
addEventListener("beforeunload", (event) => { if (sending.size) event.preventDefault(); });

try {
  if (place.event) await fill(place.event);
  if (hand.length) show();
  await refill();
  if (!hand.length) show();
} catch (error) { broken(error); }
