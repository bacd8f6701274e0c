// The capture page: choose the vehicle, take photos, see each kept, sent, read and answered.
import { say } from "./api.js";
import { UNDECIDED, card, spoken } from "./capture-card.js";
import { crop, loaded, look } from "./capture-photo.js";
import { Ended, Later, ask, putWithProgress, sendAll } from "./capture-send.js";
import { add, all, change, keepFact, listen, newId, one, remove } from "./capture-store.js";
import { chooseVehicles } from "./capture-vehicles.js";
import { sha256 } from "./sha256.js";

const $ = (id) => document.getElementById(id);
const root = $("capture");
const session = { owner: document.querySelector('meta[name="session"]').content, writes: root.dataset.writes === "yes", word: document.querySelector('meta[name="csrf"]').content };
const DAY_MS = 86_400_000;
const FINAL = new Set(["recorded", "unrecognised", "rejected", "failed"]);

const shown = new Map(); // photo's id -> {photo, small, crops}
const bytes = new Map(); // photo's id -> the photo, as long as this page is open
const followed = new Set();
let resend = null, pause_ms = 2_000;

// --- what is shown

function trouble(text) { $("trouble").textContent = text; $("trouble").hidden = !text; }
function ended(is) { $("session-ended").hidden = !is; }

function show(photo) {
  if (photo.owner !== session.owner) return;
  const before = shown.get(photo.id);
  const kept = before ?? { small: photo.small ? URL.createObjectURL(photo.small) : null, crops: new Map() };
  const moved = before?.photo.state !== photo.state;
  kept.photo = photo;
  shown.set(photo.id, kept);
  const old = $(`photo-${photo.id}`);
  if (old && !moved && old.querySelector("form.correct:not([hidden])")) return; // somebody is typing
  const made = card(photo, { acts, small: kept.small, cropOf: (event) => kept.crops.get(event.id) ?? null, writes: session.writes });
  if (!old) $("photos").prepend(made);
  else {
    const focused = old.contains(document.activeElement);
    old.replaceWith(made);
    if (focused) made.focus();
  }
  if (moved && before) $("summary").textContent = spoken(photo);
  count();
  if (photo.state === "landed") follow(photo.id);
  if (photo.state === "answered") drawCrops(photo.id);
}

function count() {
  const photos = [...shown.values()].map((one_) => one_.photo);
  $("empty").hidden = photos.length > 0;
  $("clear").hidden = !photos.some(finished);
}

const finished = (photo) => photo.state === "answered"
  && !(photo.upload.events ?? []).some((event) => UNDECIDED.has(event.review_state) && !event.left);

function gone(id) {
  const kept = shown.get(id);
  if (kept?.small) URL.revokeObjectURL(kept.small);
  shown.delete(id);
  bytes.delete(id);
  $(`photo-${id}`)?.remove();
  count();
}

// The part of the photo that was read: from the photo in this page, else from its store.
async function drawCrops(id) {
  const kept = shown.get(id);
  const events = (kept.photo.upload.events ?? []).filter((event) => !kept.crops.has(event.id));
  if (!events.length) return;
  for (const event of events) kept.crops.set(event.id, null);
  try {
    const source = bytes.get(id) ?? (await ask(session, "GET", `/v1/uploads/${kept.photo.upload_id}/photo`)).url;
    const image = await loaded(source);
    for (const event of events) {
      const made = crop(image, event);
      made?.setAttribute("role", "img");
      made?.setAttribute("aria-label", "The part of the photo that was read");
      made?.classList.add("crop");
      kept.crops.set(event.id, made);
    }
    show(kept.photo);
  } catch { /* no browser draws every kind of file; the answer stands without its picture */ }
}

// --- taking

const SUFFIXES = { heic: "image/heic", heif: "image/heif", pdf: "application/pdf", jpg: "image/jpeg", jpeg: "image/jpeg" };
const typeOf = (file) => file.type || SUFFIXES[file.name.split(".").pop().toLowerCase()] || "application/octet-stream";

async function take(files, fromCamera) {
  const vehicle = vehicles.chosen();
  if (!vehicle) { say("Choose the vehicle first.", "bad"); return; }
  const taken = fromCamera ? new Date().toISOString() : null;
  for (const file of files) {
    try { await keep(file, vehicle, taken); } catch (error) { trouble(notKept(error)); }
  }
  send();
}

function notKept(error) {
  if (error.name === "QuotaExceededError") return "This phone has no room for the photo. Send what waits here or free some space, then take it again.";
  if (error.name === "NotReadableError" || error.name === "NotFoundError") return "The phone does not hand the photo out. Choose it again.";
  return "The photo could not be kept on this phone. Leave private browsing, or free some space, then take it again.";
}

async function keep(file, vehicle, taken_at) {
  const buffer = await file.arrayBuffer();
  const digest = await sha256(buffer);
  const twin = (await all()).find((photo) => photo.owner === session.owner && photo.sha256 === digest
    && photo.vehicle_id === vehicle.id && photo.state !== "refused" && !["rejected", "failed"].includes(photo.upload?.state));
  if (twin) {
    say("You have this photo here already.");
    $(`photo-${twin.id}`)?.focus();
    return;
  }
  const blob = new Blob([buffer], { type: typeOf(file) });
  const seen = await look(blob);
  const id = newId();
  const photo = {
    id, key: id, owner: session.owner, vehicle_id: vehicle.id, vehicle: vehicle.label, state: "kept", kept_at: Date.now(),
    type: typeOf(file), size: blob.size, sha256: digest, taken_at, blob,
    device: { user_agent: navigator.userAgent.slice(0, 500), platform: "capture page" }, small: seen.small, hints: seen.hints,
  };
  await add(photo);
  bytes.set(id, blob);
  trouble("");
  show(photo);
  $(`photo-${id}`).scrollIntoView(); // the answer comes there, and is not to be looked for
  keepFact(`vehicle:${session.owner}`, vehicle.id);
  navigator.storage?.persist?.();
}

// --- sending

async function send() {
  if (!session.writes) return;
  clearTimeout(resend);
  try {
    const mine = await sendAll(session, put, show);
    ended(false);
    pause_ms = 2_000;
    if (!mine) resend = setTimeout(send, 2_000); // another tab sends: see to it that nothing is left
  } catch (error) {
    if (error instanceof Ended) { ended(true); return; }
    if (!(error instanceof Later)) throw error;
    askForSync();
    resend = setTimeout(send, pause_ms);
    pause_ms = Math.min(pause_ms * 2, 60_000);
  }
}

const put = (url, headers, photo) => {
  performance.mark(`put ${photo.id}`);
  return putWithProgress(progress)(url, headers, photo);
};

function progress(id, share) {
  const bar = document.querySelector(`#photo-${CSS.escape(id)} progress[value]`);
  if (bar) bar.value = share;
}

// Where the browser can wake the service worker once there is network, ask for it: the page may be closed until then.
async function askForSync() {
  try { await (await navigator.serviceWorker?.ready)?.sync?.register("send"); } catch { /* it is sent when the page is opened */ }
}

// --- reading

const PATIENCE = [[4_000, 150], [20_000, 500], [120_000, 2_000], [Infinity, 10_000]];

async function follow(id) {
  if (followed.has(id)) return;
  followed.add(id);
  const begun = Date.now();
  try {
    for (;;) {
      const photo = await one(id);
      if (photo?.state !== "landed") return;
      try {
        const upload = await ask(session, "GET", `/v1/uploads/${photo.upload_id}`);
        if (FINAL.has(upload.state)) {
          performance.mark(`answered ${id}`);
          const made = await change(id, { state: "answered", upload, answered_at: Date.now() });
          if (made) show(made);
          return;
        }
        if (upload.state !== photo.upload?.state) { const made = await change(id, { upload }); if (made) show(made); }
      } catch (error) {
        if (error instanceof Ended) { ended(true); return; }
        if (!(error instanceof Later)) { gone(id); await remove(id); return; } // the server knows it no more
      }
      const waited = Date.now() - begun;
      await new Promise((resolve) => { setTimeout(resolve, PATIENCE.find(([until]) => waited < until)[1]); });
    }
  } finally {
    followed.delete(id);
  }
}

// --- deciding

async function decide(photo, event, path, body, wrong) {
  let made;
  try {
    made = await ask(session, "POST", `/v1/events/${event.id}/${path}`, { body, headers: { "If-Match": `"${event.version}"` } });
  } catch (error) {
    if (error instanceof Ended) { ended(true); return; }
    if (error.code === "answer_unseen") made = { ...event, left: true };
    else if (["already_decided", "version_conflict"].includes(error.code)) { say("Somebody changed it meanwhile; this is how it stands now."); await refresh(photo.id); return; }
    else { wrong(error instanceof Later ? `${error.message} Nothing is decided yet; try again.` : error.message); return; }
  }
  const fresh = await one(photo.id);
  const events = fresh.upload.events.map((old) => (old.id === made.id ? { ...old, ...made } : old));
  close(photo.id);
  show(await change(photo.id, { upload: { ...fresh.upload, events } }));
}

function close(id) { for (const form of document.querySelectorAll(`#photo-${CSS.escape(id)} form.correct`)) form.hidden = true; }

// See how an answered photo stands now: somebody at a desk may have decided.
async function refresh(id) {
  const photo = await one(id);
  if (photo?.state !== "answered") return;
  const upload = await ask(session, "GET", `/v1/uploads/${photo.upload_id}`);
  const left = new Set((photo.upload.events ?? []).filter((event) => event.left).map((event) => event.id));
  upload.events = upload.events.map((event) => (left.has(event.id) ? { ...event, left: true } : event));
  close(id);
  show(await change(id, FINAL.has(upload.state) ? { upload } : { upload, state: "landed" }));
}

const acts = {
  confirm: (photo, event) => decide(photo, event, "confirm", undefined, (text) => say(text, "bad")),
  correct: (photo, event, values, wrong) => (Object.keys(values).length
    ? decide(photo, event, "correct", { values }, wrong) : wrong("Nothing is changed. If it is right as it stands, press Right.")),
  again: () => { pause_ms = 2_000; send(); },
  remove: async (photo) => {
    if (photo.state === "kept" && !window.confirm("Remove this photo? It has not been sent.")) return;
    await remove(photo.id);
    gone(photo.id);
  },
};

// --- the page

function network() {
  $("network").hidden = navigator.onLine;
  if (navigator.onLine) { pause_ms = 2_000; send(); }
}

async function start() {
  limits();
  try {
    for (const photo of await all()) {
      const age = Date.now() - photo.kept_at;
      if (photo.state === "answered" && (age > 7 * DAY_MS || (age > DAY_MS && finished(photo)))) await remove(photo.id);
      else show(photo);
    }
    await others();
  } catch {
    trouble("This browser keeps nothing on the phone (private browsing?): photos can only be sent where storage is allowed.");
  }
  network();
  for (const { photo } of shown.values()) if (photo.state === "answered" && !finished(photo)) refresh(photo.id).catch(() => {});
}

async function others() {
  const waiting = (await all()).filter((photo) => photo.owner !== session.owner && ["kept", "sending", "refused"].includes(photo.state));
  $("others").hidden = waiting.length === 0;
  $("others").textContent = waiting.length === 1
    ? "One photo of another sign-in waits on this phone; it is sent when that person signs in here."
    : `${waiting.length} photos of another sign-in wait on this phone; they are sent when that person signs in here.`;
}

// What a page without TLS, or an old browser, cannot do.
function limits(refused = null) {
  const missing = [];
  if (!window.isSecureContext) missing.push("This address has no TLS: photos are kept and sent, but the page itself cannot be opened without network, and codes cannot be scanned. `capture up --lan` gives an address with TLS.".replaceAll("`", ""));
  else if (refused?.name === "SecurityError") missing.push("This phone does not trust the certificate of this address, so that the page itself cannot be opened without network; photos are kept and sent all the same. Whoever runs it says how the certificate is installed: /certificate.crt.");
  else if (!navigator.serviceWorker || refused) missing.push("This browser opens the page with network alone; photos are kept and sent all the same.");
  $("limits").textContent = missing.join(" ");
  $("limits").hidden = missing.length === 0;
}

const vehicles = chooseVehicles(session);
for (const [id, fromCamera] of [["camera", true], ["library", false]]) {
  $(id)?.addEventListener("change", async (event) => {
    const files = [...event.target.files];
    event.target.value = "";
    await take(files, fromCamera);
  });
}
$("clear").addEventListener("click", async () => {
  for (const { photo } of [...shown.values()]) if (finished(photo)) { await remove(photo.id); gone(photo.id); }
});
addEventListener("online", network);
addEventListener("offline", network);
document.addEventListener("visibilitychange", () => { if (document.hidden) { if ([...shown.values()].some(({ photo }) => photo.state === "kept")) askForSync(); } else send(); });
listen(async (id) => { const photo = await one(id); if (photo) show(photo); else gone(id); });
navigator.serviceWorker?.register("/sw.js", { type: "module", scope: "/" }).catch(limits);
start();
