// The vehicle: the last used stands first; one is found by its code, typed or scanned.
import { say } from "./api.js";
import { element } from "./capture-card.js";
import { ask } from "./capture-send.js";
import { fact, keepFact } from "./capture-store.js";

const $ = (id) => document.getElementById(id);

export function chooseVehicles(session) {
  const select = $("vehicle");
  let list = [];
  if (!select) return { chosen: () => null };

  function fill(found, last) {
    const before = select.value;
    list = [...found].sort((a, b) => (b.id === last) - (a.id === last));
    select.replaceChildren(...list.map((vehicle) => element("option", { value: vehicle.id }, vehicle.label)));
    const asked = new URLSearchParams(location.search).get("vehicle");
    const wish = [before, asked, last].find((id) => id && list.some((vehicle) => vehicle.id === id));
    if (wish) select.value = wish;
    if (!list.length) select.append(element("option", { value: "" }, "No vehicle yet"));
  }

  // First as the phone remembers them, then as the server has them.
  async function load() {
    const last = await fact(`vehicle:${session.owner}`).catch(() => null);
    const kept = await fact(`vehicles:${session.owner}`).catch(() => null);
    if (kept) fill(kept, last);
    try {
      const found = [];
      let cursor = "";
      do {
        const page = await ask(session, "GET", `/v1/vehicles?order=last_used&limit=200${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
        found.push(...page.items);
        cursor = page.next;
      } while (cursor);
      const plain = found.map(({ id, label, vin }) => ({ id, label, ...(vin ? { vin } : {}) }));
      fill(plain, last);
      await keepFact(`vehicles:${session.owner}`, plain).catch(() => {});
      if (!plain.length) say("No vehicle is known yet: somebody adds one at the desk first.", "bad");
    } catch {
      if (!kept) say("The vehicles cannot be loaded without network; open the page once with it.", "bad");
    }
  }

  function find(code) {
    const wanted = (code.match(/[?&]vehicle=([0-9a-f-]{36})/i)?.[1] ?? code).trim().toLowerCase();
    const found = list.find((vehicle) => [vehicle.id, vehicle.label, vehicle.vin].some((name) => name?.toLowerCase() === wanted));
    if (!found) { $("code-answer").textContent = "No vehicle has this code or name. Check it, or choose from the list."; return false; }
    select.value = found.id;
    $("code-answer").textContent = "";
    $("code").value = "";
    toggle(false);
    say(`${found.label} is chosen.`, "good");
    select.focus();
    return true;
  }

  function toggle(open) {
    $("code-form").hidden = !open;
    $("by-code").setAttribute("aria-expanded", String(open));
    if (open) $("code").focus();
  }

  $("by-code").addEventListener("click", () => toggle($("code-form").hidden));
  $("code-form").addEventListener("submit", (event) => { event.preventDefault(); find($("code").value); });
  if ("BarcodeDetector" in window && navigator.mediaDevices) {
    $("scan").hidden = false;
    $("scan").addEventListener("click", () => scan(find));
  }
  load();
  return { chosen: () => list.find((vehicle) => vehicle.id === select.value) ?? null };
}

// Look through the camera until a code is seen, or the person stops.
async function scan(found) {
  const dialog = $("scanner"), video = $("finder");
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  } catch {
    say("The camera may not be used here: allow it in the browser, or type the code.", "bad");
    return;
  }
  video.srcObject = stream;
  dialog.showModal();
  try {
    const detector = new BarcodeDetector();
    await video.play();
    while (dialog.open) {
      const codes = await detector.detect(video).catch(() => []);
      if (codes.length) { dialog.close(); found(codes[0].rawValue); break; }
      await new Promise((resolve) => { setTimeout(resolve, 150); });
    }
  } finally {
    for (const track of stream.getTracks()) track.stop();
    video.srcObject = null;
  }
}
