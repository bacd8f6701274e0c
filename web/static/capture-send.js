// From the phone to the bucket: announce, PUT, say so. The page does it, and the service worker where a page is closed.
//
// Nothing is sent twice: one sender at a time has the lock, the announcement carries the photo's SHA-256 and an
// idempotency key, and the server answers the same photo with the same upload.
import { all, change, newId } from "./capture-store.js";

const LOCK = "capture-send";
const LASTING = new Set([400, 403, 404, 413, 415, 422]);

// The session has ended: photos wait on the phone until somebody has signed in.
export class Ended extends Error {}
// No network, or a server that cannot answer now: worth another try later.
export class Later extends Error {}
// The server says no, in a problem document.
export class Refused extends Error {}

// Who is signed in: `owner` marks whose photos these are, `word` goes along with what writes.
export async function visit() {
  const now = await reach("GET", "/session");
  return { owner: now.who, word: now.csrf };
}

// One request. The service worker has no page to take the session's word from, so it is handed in, and nobody to ask to
// sign in again, so that is an error of its own.
async function reach(method, path, { body, headers = {}, word } = {}) {
  const sent = { Accept: "application/json", ...headers, ...(word ? { "X-CSRF-Token": word } : {}) };
  if (body !== undefined) sent["Content-Type"] = "application/json";
  let answer, said;
  try {
    answer = await fetch(path, { method, headers: sent, credentials: "same-origin", body: body === undefined ? undefined : JSON.stringify(body) });
    said = await answer.json();
  } catch {
    throw new Later(answer ? `The server answered ${answer.status}.` : "There is no way to the server.");
  }
  if (answer.ok) return said;
  const message = said.detail ?? `The server answered ${answer.status}.`;
  if (answer.status === 401) throw new Ended(message);
  if (answer.status >= 500 || answer.status === 429) throw new Later(message);
  throw Object.assign(new Refused(message), { status: answer.status, code: said.code });
}

// Call the API; a page that was kept on the phone holds an old word, so that one is asked for again. Where somebody else
// has signed in meanwhile, or the person works in another organisation, the page's session has ended like any other.
export async function ask(session, method, path, options = {}) {
  try {
    return await reach(method, path, { ...options, word: session.word });
  } catch (error) {
    if (error.code !== "csrf_invalid" && error.status !== 404) throw error;
    const now = await visit();
    if (now.owner !== session.owner) throw new Ended("Somebody else is signed in on this phone now.");
    if (error.status === 404) throw error;
    session.word = now.word;
    return reach(method, path, { ...options, word: session.word });
  }
}

// Send what waits, oldest first. `put`: how the bytes go; `heard(photo)`: called with each change.
// Raises: Ended, Later. Returns false where another tab, or the service worker, is sending.
export async function sendAll(session, put = plainPut, heard = () => {}) {
  const work = async () => {
    const tried = new Set();
    for (;;) {
      const waiting = (await all()).filter((photo) => mine(photo, session) && !tried.has(photo.id));
      if (!waiting.length) return true;
      tried.add(waiting[0].id);
      await send(session, waiting[0], put, heard);
    }
  };
  if (!navigator.locks) return work();
  return navigator.locks.request(LOCK, { ifAvailable: true }, (lock) => (lock ? work() : false));
}

const mine = (photo, session) => photo.owner === session.owner && (photo.state === "kept" || photo.state === "sending");

async function send(session, photo, put, heard) {
  const note = async (parts) => { const made = await change(photo.id, parts); if (made) heard(made); return made; };
  if (!(await note({ state: "sending", error: null }))) return; // removed meanwhile
  try {
    const upload = await landed(session, photo, put);
    await note({ state: "landed", upload_id: upload, landed_at: Date.now(), blob: null });
  } catch (error) {
    if (error instanceof Refused && LASTING.has(error.status)) {
      await note({ state: "refused", error: error.message });
    } else {
      await note({ state: "kept", error: error instanceof Ended ? null : error.message, ...(error.expired ? { key: newId() } : {}) });
      throw error instanceof Ended ? error : new Later(error.message);
    }
  }
}

// Bring one photo into the bucket and say so; return its upload's id.
async function landed(session, photo, put) {
  const ticket = await ask(session, "POST", "/v1/uploads", {
    headers: { "Idempotency-Key": photo.key },
    body: {
      vehicle_id: photo.vehicle_id, size_bytes: photo.size, content_type: photo.type, sha256: photo.sha256,
      device: photo.device,
      ...(photo.taken_at ? { captured_at: photo.taken_at } : {}),
    },
  });
  await change(photo.id, { upload_id: ticket.upload_id });
  const before = photo.upload_id === ticket.upload_id
    ? (await ask(session, "GET", `/v1/uploads/${ticket.upload_id}`)).state : "expected";
  if (before === "expected") {
    const headers = Object.entries(ticket.headers).filter(([name]) => name.toLowerCase() !== "content-length");
    const status = await put(ticket.url, Object.fromEntries(headers), photo);
    if (status < 200 || status > 299) {
      const error = new Later("The store of photos did not take it.");
      throw Object.assign(error, { expired: status < 500 });
    }
    await ask(session, "POST", `/v1/uploads/${ticket.upload_id}/complete`);
  }
  return ticket.upload_id;
}

// PUT without progress, as the service worker can.
async function plainPut(url, headers, photo) {
  try {
    return (await fetch(url, { method: "PUT", headers, body: photo.blob, credentials: "omit" })).status;
  } catch {
    throw new Later("There is no way to the store of photos.");
  }
}

// PUT that tells how far it is: `progress(share)` with 0 to 1.
export const putWithProgress = (progress) => (url, headers, photo) => new Promise((resolve, reject) => {
  const request = new XMLHttpRequest();
  request.open("PUT", url);
  for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
  request.upload.onprogress = (event) => { if (event.lengthComputable) progress(photo.id, event.loaded / event.total); };
  request.onload = () => resolve(request.status);
  request.onerror = request.ontimeout = request.onabort = () => reject(new Later("There is no way to the store of photos."));
  request.send(photo.blob);
});
