// The service worker: it opens `/capture` without network, and sends what waits where the browser wakes it for that.
// The server puts VERSION and SHELL, the addresses of what the page is made of, in front of these lines.
// An import stands here and is hoisted, as all are.
import { sendAll, visit } from "/static/capture-send.js";

const KEPT = `capture-${VERSION}`;
const PAGE = "/capture";
const PATIENCE_MS = 3000;

self.addEventListener("install", (event) => {
  self.skipWaiting();
  event.waitUntil(caches.open(KEPT).then((cache) => cache.addAll(SHELL)));
});

self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    const names = (await caches.keys()).filter((name) => name.startsWith("capture-") && name !== KEPT);
    const page = await caches.match(PAGE);
    const cache = await caches.open(KEPT);
    try { await keepPage(cache, await fetch(PAGE)); } catch { /* then as it was when it was last opened */ }
    if (page && !(await cache.match(PAGE))) await cache.put(PAGE, page);
    await Promise.all(names.map((name) => caches.delete(name)));
    await self.clients.claim();
  })());
});

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (url.origin !== self.location.origin) return; // photos go to their bucket
  if (event.request.method === "POST" && (url.pathname === "/signout" || url.pathname.startsWith("/switch/"))) {
    event.waitUntil(caches.open(KEPT).then((cache) => cache.delete(PAGE))); // it names who was signed in
  } else if (event.request.method !== "GET") {
    return;
  } else if (event.request.mode === "navigate" && url.pathname === PAGE) {
    event.respondWith(page(event.request));
  } else if (url.pathname.startsWith("/static/")) {
    event.respondWith(file(event.request, url));
  }
});

// Keep the page, but not the one for signing in to which whoever has no session is sent.
async function keepPage(cache, answer) {
  if (answer.ok && !answer.redirected && answer.type !== "opaqueredirect") await cache.put(PAGE, answer.clone());
  return answer;
}

// The page as the server has it, else as it was when it was last opened.
async function page(request) {
  const cache = await caches.open(KEPT);
  const fresh = fetch(request).then((answer) => keepPage(cache, answer));
  const kept = await cache.match(PAGE);
  if (!kept) return fresh;
  const slow = new Promise((resolve) => { setTimeout(() => resolve(kept), PATIENCE_MS); });
  return Promise.race([fresh.catch(() => kept), slow]);
}

// A file whose address names its digest never changes; of others the server's is taken where there is network. Without,
// a page of an older version is given the file as it is now, for its own went with that version.
async function file(request, url) {
  const cache = await caches.open(KEPT);
  const kept = await cache.match(request);
  if (kept && url.search.startsWith("?v=")) return kept;
  try {
    return await fetch(request);
  } catch (error) {
    const now = kept ?? await cache.match(request, { ignoreSearch: true });
    if (now) return now;
    throw error;
  }
}

self.addEventListener("sync", (event) => {
  if (event.tag === "send") event.waitUntil(visit().then((session) => sendAll(session)));
});
