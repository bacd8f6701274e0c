// Photos on the phone: one record each, in IndexedDB, from the moment they are taken until they are done with.
//
// state: kept (waits for its turn or for network) -> sending -> landed (the server has it; the photo itself is removed
// from the phone) -> answered. refused: the server does not take it; it stays until a person removes it.

const NAME = "capture", STORE = "photos", FACTS = "facts";
const channel = "BroadcastChannel" in self ? new BroadcastChannel(NAME) : null;
let opened = null;

function open() {
  opened ??= new Promise((resolve, reject) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => {
      asked.result.createObjectStore(STORE, { keyPath: "id" });
      asked.result.createObjectStore(FACTS);
    };
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => { opened = null; reject(asked.error); };
  });
  return opened;
}

// Run one transaction; resolves once it is durable, so that what was kept stays kept.
async function run(store, mode, work) {
  const database = await open();
  return new Promise((resolve, reject) => {
    const tx = database.transaction(store, mode);
    const asked = work(tx.objectStore(store));
    tx.oncomplete = () => resolve(asked?.result);
    tx.onabort = tx.onerror = () => reject(tx.error ?? new Error("The phone's storage does not answer."));
  });
}

function tell(id) { channel?.postMessage(id); }

export const all = async () => (await run(STORE, "readonly", (store) => store.getAll())).sort((a, b) => a.kept_at - b.kept_at);
export const one = (id) => run(STORE, "readonly", (store) => store.get(id));
export const fact = (name) => run(FACTS, "readonly", (store) => store.get(name));
export const keepFact = (name, value) => run(FACTS, "readwrite", (store) => store.put(value, name));

export async function add(photo) {
  await run(STORE, "readwrite", (store) => store.add(photo));
  tell(photo.id);
}

// Change parts of a record, and no record that was removed meanwhile; return it as it is now, null where it is gone.
export async function change(id, parts) {
  let made = null;
  await run(STORE, "readwrite", (store) => {
    const asked = store.get(id);
    asked.onsuccess = () => {
      if (asked.result === undefined) return;
      made = { ...asked.result, ...parts };
      store.put(made);
    };
  });
  tell(id);
  return made;
}

export async function remove(id) {
  await run(STORE, "readwrite", (store) => store.delete(id));
  tell(id);
}

// Be told of changes that another tab, or the service worker, has made.
export function listen(heard) { channel?.addEventListener("message", (event) => heard(event.data)); }

// A random name of a photo; `crypto.randomUUID` is missing where the page came without TLS.
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
