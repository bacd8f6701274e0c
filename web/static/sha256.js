// SHA-256: by the browser, or in plain JavaScript where the page came without TLS and the browser keeps it back.
// Source: FIPS 180-4, sections 4.1.2, 4.2.2, 5.1.1, 5.3.3 and 6.2.2.

const hex = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");

export async function sha256(buffer) {
  if (globalThis.crypto?.subtle) return hex(new Uint8Array(await crypto.subtle.digest("SHA-256", buffer)));
  return plain(new Uint8Array(buffer));
}

// The first 32 bits of the fractional part of a root: `K` of the cube roots of the first 64 primes, the start of the
// square roots of the first 8.
const primes = [];
for (let n = 2; primes.length < 64; n += 1) if (primes.every((prime) => n % prime)) primes.push(n);
const fraction = (root) => Math.floor((root - Math.floor(root)) * 2 ** 32) >>> 0;
const K = Uint32Array.from(primes, (prime) => fraction(Math.cbrt(prime)));
const START = primes.slice(0, 8).map((prime) => fraction(Math.sqrt(prime)));

export function plain(bytes) {
  const length = bytes.length;
  const blocks = Math.ceil((length + 9) / 64);
  const tail = new Uint8Array(blocks * 64 - (length & ~63));
  tail.set(bytes.subarray(length & ~63));
  tail[length & 63] = 0x80;
  const bits = new DataView(tail.buffer);
  bits.setUint32(tail.length - 8, Math.floor(length / 2 ** 29));
  bits.setUint32(tail.length - 4, (length << 3) >>> 0);
  const state = Uint32Array.from(START), words = new Uint32Array(64);
  const whole = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < (length & ~63); at += 64) block(state, words, whole, at);
  for (let at = 0; at < tail.length; at += 64) block(state, words, bits, at);
  return [...state].map((word) => word.toString(16).padStart(8, "0")).join("");
}

const turn = (word, by) => (word >>> by) | (word << (32 - by));

function block(state, words, view, at) {
  for (let i = 0; i < 16; i += 1) words[i] = view.getUint32(at + i * 4);
  for (let i = 16; i < 64; i += 1) {
    const low = words[i - 15], high = words[i - 2];
    words[i] = words[i - 16] + (turn(low, 7) ^ turn(low, 18) ^ (low >>> 3)) + words[i - 7]
      + (turn(high, 17) ^ turn(high, 19) ^ (high >>> 10));
  }
  let [a, b, c, d, e, f, g, h] = state;
  for (let i = 0; i < 64; i += 1) {
    const first = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + K[i] + words[i]) | 0;
    const second = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + first) | 0, c, b, a, (first + second) | 0];
  }
  [a, b, c, d, e, f, g, h].forEach((word, i) => { state[i] += word; });
}
