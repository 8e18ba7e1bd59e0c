/** Names and hashes, also where a page served over plain http has no `crypto.subtle` and no `randomUUID`. */
let last = { at: 0, count: 0 };

/** @returns {string} a UUIDv7; later ones of this page sort after earlier ones, also within a millisecond */
export const uuid7 = () => {
  const now = Math.max(Date.now(), last.at);
  const count = now === last.at ? last.count + 1 : 0;
  last = count > 0xfff ? { at: now + 1, count: 0 } : { at: now, count };
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  for (let i = 0; i < 6; i += 1) bytes[i] = Math.floor(last.at / 2 ** (8 * (5 - i))) % 256;
  bytes[6] = 0x70 | (last.count >> 8);
  bytes[7] = last.count & 0xff;
  bytes[8] = 0x80 | (bytes[8] & 0x3f);
  return hex(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
};

const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

/** @param {string} text @returns {Uint8Array} its UTF-8 bytes */
export const utf8 = (text) => new TextEncoder().encode(text);

/** @param {Uint8Array} bytes @returns {Promise<string>} SHA-256, in hexadecimal */
export const sha256 = async (bytes) =>
  crypto.subtle ? hex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes))) : sha256Slow(bytes);

/** The fractional bits of the roots of the first primes, from which SHA-256 takes its constants (FIPS 180-4). */
const constants = (count, root) => {
  const found = [];
  for (let n = 2; found.length < count; n += 1) {
    let isPrime = true;
    for (let d = 2; d * d <= n; d += 1) if (n % d === 0) { isPrime = false; break; }
    if (isPrime) found.push(fraction32(n, root));
  }
  return found;
};

/** floor(2³² · frac(n^(1/root))), in whole numbers so that no digit is rounded. */
const fraction32 = (n, root) => {
  const wanted = BigInt(n) << BigInt(32 * root);
  let low = 0n, high = 1n << 40n;
  while (high - low > 1n) {
    const middle = (low + high) >> 1n;
    if (middle ** BigInt(root) <= wanted) low = middle; else high = middle;
  }
  return Number(low & 0xffffffffn);
};

let tables;

/** @param {Uint8Array} bytes @returns {string} SHA-256 without the browser's help */
export const sha256Slow = (bytes) => {
  tables ??= { start: constants(8, 2), rounds: constants(64, 3) };
  const length = bytes.length;
  const padded = new Uint8Array(((length + 8) >> 6 << 6) + 64);
  padded.set(bytes);
  padded[length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 8, Math.floor(length / 2 ** 29));
  view.setUint32(padded.length - 4, (length << 3) >>> 0);
  const state = Uint32Array.from(tables.start);
  const w = new Uint32Array(64);
  const turn = (x, n) => (x >>> n) | (x << (32 - n));
  for (let at = 0; at < padded.length; at += 64) {
    for (let i = 0; i < 16; i += 1) w[i] = view.getUint32(at + 4 * i);
    for (let i = 16; i < 64; i += 1) {
      const s0 = turn(w[i - 15], 7) ^ turn(w[i - 15], 18) ^ (w[i - 15] >>> 3);
      const s1 = turn(w[i - 2], 17) ^ turn(w[i - 2], 19) ^ (w[i - 2] >>> 10);
      w[i] = w[i - 16] + s0 + w[i - 7] + s1;
    }
    let [a, b, c, d, e, f, g, h] = state;
    for (let i = 0; i < 64; i += 1) {
      const t1 = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + tables.rounds[i] + w[i]) | 0;
      const t2 = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g; g = f; f = e; e = (d + t1) | 0; d = c; c = b; b = a; a = (t1 + t2) | 0;
    }
    [a, b, c, d, e, f, g, h].forEach((value, i) => { state[i] += value; });
  }
  return Array.from(state, (word) => word.toString(16).padStart(8, "0")).join("");
};
