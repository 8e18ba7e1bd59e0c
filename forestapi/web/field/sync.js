/**
 * Handing in and fetching: operations in batches, photos after their records, what became of them, what is new.
 * Any step may be cut at any moment and done again; the server gives the same answer to the same operation.
 */
import * as outbox from "./outbox.js";
import { utf8 } from "./ids.js";
import { change, meta, read } from "./store.js";
import { keepTiles } from "./tiles.js";
import { language } from "./words.js";

const API = "/api/v1";
const MOST_OPERATIONS = 50;
const MOST_BYTES = 1_900_000;
const EVERY_MS = 30_000;
const LONGEST_WAIT_MS = 600_000;
const VERIFY_EVERY_MS = 300_000;
const ROSTER_EVERY_MS = 1800_000;

/** An answer that is no success; `message` has Chinese and English, `status` is 0 without any answer. */
export class Refused extends Error {
  constructor(status, code, text) {
    super(text.en);
    Object.assign(this, { status, code, text });
  }
}

/** How it stands: `phase` is idle, busy, offline, or failed with `error`. */
export const state = { phase: "idle", error: null, last: null, clockOffsetS: 0, missing: [], isRevoked: false };
export const news = new EventTarget();
const become = (changes) => { Object.assign(state, changes); news.dispatchEvent(new Event("change")); };

/** Ask the server of this page; with a device's token if there is one. */
export const ask = async (method, path, { body, bytes, type, token } = {}) => {
  const headers = { Accept: "application/json", "Accept-Language": language() };
  if (token) headers.Authorization = `Bearer ${token}`;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (bytes) headers["Content-Type"] = type;
  const giveUp = new AbortController();
  const timer = setTimeout(() => giveUp.abort(), 60_000);
  try {
    const response = await fetch(API + path, { method, headers, body: bytes ?? (body === undefined ? undefined : JSON.stringify(body)), signal: giveUp.signal, cache: "no-store" });
    const answer = await response.json().catch(() => null);
    if (response.ok) return answer;
    throw new Refused(response.status, answer?.code ?? "", { zh: answer?.detail_zh ?? `服务器答复 ${response.status}`, en: answer?.detail ?? `The server answered ${response.status}` });
  } catch (error) {
    if (error instanceof Refused) throw error;
    throw new Refused(0, "unreachable", { zh: "连不上服务器", en: "The server cannot be reached" });
  } finally {
    clearTimeout(timer);
  }
};

/** Enrol this phone by the code of its crew leader. @throws {Refused} */
export const enrol = async (code) => {
  const enrolled = await ask("POST", "/devices/enrolments", { body: { code } });
  await outbox.adopt({ ...enrolled, enrolled_at: new Date().toISOString() });
  become({ isRevoked: false });
};

let failures = 0;
let timer;
let running = null;

/** Sync now, or join the sync that is under way; never throws. */
export const sync = () => {
  running ??= alone(run).finally(() => { running = null; plan(); });
  return running;
};

/** One sync of this phone at a time, also with the app open twice. */
const alone = (work) =>
  navigator.locks ? navigator.locks.request("forest-sync", { ifAvailable: true }, (lock) => lock && work()) : work();

const plan = () => {
  clearTimeout(timer);
  timer = setTimeout(sync, Math.min(LONGEST_WAIT_MS, EVERY_MS * 2 ** Math.min(failures, 5)));
};

/** Sync when the app opens, comes back to the front or to the network, and every half minute. */
export const start = () => {
  addEventListener("online", () => { failures = 0; sync(); });
  addEventListener("offline", () => become({ phase: "offline" }));
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "visible") sync(); });
  outbox.news.addEventListener("change", () => { if (!running && failures === 0) { clearTimeout(timer); timer = setTimeout(sync, 1500); } });
  sync();
};

const run = async () => {
  const device = await meta.get("device");
  if (!device) return;
  if (!navigator.onLine) { become({ phase: "offline" }); return; }
  become({ phase: "busy", error: null });
  try {
    await hand(device);
    await sendPhotos(device);
    await verify(device);
    await fetchChanges(device);
    await fetchRoster(device);
    failures = 0;
    const last = new Date().toISOString();
    await meta.put("last_sync", last);
    become({ phase: "idle", error: null, last });
    keepTiles().catch(() => {});
  } catch (error) {
    failures += 1;
    if (!(error instanceof Refused)) console.error(error);
    if (error.status === 401 || error.status === 403) become({ isRevoked: true });
    become({ phase: error.status === 0 ? "offline" : "failed", error: error.text ?? { zh: String(error), en: String(error) } });
  }
};

/** Send what waits, in its order, in batches; a batch that is refused as a whole is sent one by one. */
const hand = async (device) => {
  for (;;) {
    const waiting = (await outbox.all()).filter((each) => each.state === "waiting");
    if (!waiting.length) return;
    const batch = await outbox.withBases(cut(waiting));
    let answer;
    try {
      answer = await send(device, batch);
    } catch (error) {
      if (![400, 413, 422].includes(error.status)) throw error;
      answer = await oneByOne(device, batch);
    }
    if (!answer.receipts.some((receipt) => receipt.outcome !== "retry")) return;
  }
};

/** Take what fits into a batch; a second change of one record waits until the first one's revision is known. */
const cut = (waiting) => {
  const batch = [], keys = new Set();
  let bytes = 200;
  for (const each of waiting) {
    const size = utf8(JSON.stringify(wire(each))).length + 1;
    if (batch.length === MOST_OPERATIONS || (batch.length && bytes + size > MOST_BYTES)) break;
    if (each.action !== "create" && keys.has(each.key)) break;
    batch.push(each);
    keys.add(each.key);
    bytes += size;
  }
  return batch;
};

const wire = ({ op, seq, noun, action, key, base_revision, at, group, resolves, choice, payload, sha256 }) =>
  ({ op, seq, noun, action, key, base_revision, at, group, resolves, choice, payload, sha256 });

const send = async (device, batch) => {
  const body = { device: device.device, sent_at: new Date().toISOString(), operations: batch.map(wire) };
  const answer = await ask("POST", "/sync/batches", { body, token: device.token });
  await outbox.receive(answer.receipts);
  become({ clockOffsetS: answer.clock_offset_s ?? 0, missing: answer.missing ?? [] });
  return answer;
};

const oneByOne = async (device, batch) => {
  const receipts = [];
  for (const each of batch) {
    try {
      receipts.push(...(await send(device, [each])).receipts);
    } catch (error) {
      if (![400, 413, 422].includes(error.status)) throw error;
      await outbox.refuse(each.op, { ...error.text, code: error.code });
      receipts.push({ outcome: "refused" });
    }
  }
  return { receipts };
};

/** Send the bytes of photos whose record has been received. */
const sendPhotos = async (device) => {
  const [files, operations] = await read(["files", "outbox"], async (tx) => [await tx.files.all(), await tx.outbox.all()]);
  for (const file of files) {
    const record = operations.find((each) => each.op === file.op);
    if (file.state === "sent" || !record?.receipt || record.state === "refused") continue;
    try {
      await ask("PUT", `/photos/${file.sha256}`, { bytes: file.bytes, type: file.mime, token: device.token });
      await mark(file.sha256, { state: "sent", error: null });
    } catch (error) {
      if (![400, 413, 415, 422].includes(error.status)) throw error;
      await mark(file.sha256, { error: error.text });
    }
  }
};

const mark = async (sha256, changes) => {
  await change(["files"], async (tx) => {
    const file = await tx.files.get(sha256);
    if (file) await tx.files.put({ ...file, ...changes });
  });
  outbox.news.dispatchEvent(new Event("change"));
};

/** Ask what became of everything that is kept, and how safe it is; at once for what was not asked about yet. */
const verify = async (device) => {
  const kept = (await outbox.all()).filter((each) => each.state !== "waiting" && each.receipt && !each.receipt.isWhole);
  const now = Date.now();
  const due = kept.filter((each) => !each.verified || now - Date.parse(each.verified.at ?? 0) > VERIFY_EVERY_MS).slice(0, 2000);
  for (let i = 0; i < due.length; i += 500) {
    const operations = due.slice(i, i + 500).map(({ op, sha256 }) => ({ op, sha256 }));
    const { items } = await ask("POST", "/sync/verify", { body: { operations }, token: device.token });
    await outbox.verified(items);
    await lookForLostFiles(items);
  }
};

/** A photo that the server lost or never had whole is sent again. */
const lookForLostFiles = async (items) => {
  for (const { op, noun, is_complete: isComplete } of items) {
    if (noun !== "photos" || isComplete !== false) continue;
    const item = await read(["outbox"], (tx) => tx.outbox.get(op));
    if (item) await mark(JSON.parse(item.payload).file, { state: "waiting" });
  }
};

const fetchRoster = async (device) => {
  const [roster, at] = [await meta.get("roster"), (await meta.get("roster_at")) ?? 0];
  if (roster && Date.now() - at < ROSTER_EVERY_MS) return;
  const fresh = await ask("GET", "/sync/roster", { token: device.token });
  await change(["meta"], async (tx) => { await tx.meta.put(fresh, "roster"); await tx.meta.put(Date.now(), "roster_at"); });
  outbox.news.dispatchEvent(new Event("roster"));
};

const fetchChanges = async (device) => {
  for (;;) {
    const cursor = await meta.get("cursor");
    const since = cursor === undefined ? "" : `since=${encodeURIComponent(cursor)}&`;
    const page = await ask("GET", `/sync/changes?${since}limit=500`, { token: device.token });
    await change(["records", "meta", "outbox"], async (tx) => {
      for (const { noun, key, revision, is_deleted, record } of page.items) {
        const isPending = (await tx.outbox.where("key", key)).some((each) => each.state === "waiting");
        const now = await tx.records.get([noun, key]);
        if (isPending && now) await tx.records.put({ ...now, office: { revision, record: record ?? now.record, is_deleted } });
        else await tx.records.put({ noun, key, revision, record: joined(noun, record, now), is_deleted, is_pending: false });
      }
      if (page.items.some((each) => each.noun === "workers")) await tx.meta.delete("roster_at");
      await tx.meta.put(page.next, "cursor");
    });
    if (page.items.length) outbox.news.dispatchEvent(new Event("records"));
    if (!page.is_more) return;
  }
};

/** Who a worker is comes with the roster alone; until it has come, a worker added here keeps the name given here. */
const joined = (noun, record, now) =>
  noun === "workers" && record && now?.record?.identity ? { ...record, identity: now.record.identity } : record ?? now?.record ?? null;

/** Forget how fresh roster and checks are, so that the next sync asks for everything. */
export const askAll = async () => {
  await change(["meta", "outbox"], async (tx) => {
    await tx.meta.delete("roster_at");
    for (const each of await tx.outbox.all()) if (each.verified) await tx.outbox.put({ ...each, verified: null });
  });
  failures = 0;
  return sync();
};
