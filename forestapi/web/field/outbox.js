/**
 * Operations: what was done here, in the words of the sync contract, numbered without gaps, never changed once made.
 * An operation stays until the office holds it safely; what became of it stands beside it.
 */
import { sha256, utf8, uuid7 } from "./ids.js";
import { change, read } from "./store.js";

export const SETTLED = ["created", "updated", "unchanged"];
const SAFE = ["replica", "archived"];

/** Told after anything in the outbox changed. */
export const news = new EventTarget();
const tell = () => news.dispatchEvent(new Event("change"));

/**
 * Make an operation; it is not kept yet.
 * @param {{noun: string, action: "create"|"update"|"delete", key?: string, payload: object, group?: string, resolves?: string, choice?: string, base_revision?: number}} of
 */
export const prepare = async ({ noun, action, key = uuid7(), payload, group = null, resolves = null, choice = null, base_revision = null }) => {
  const text = JSON.stringify(payload);
  return {
    op: uuid7(), noun, action, key, base_revision, at: new Date().toISOString(), group, resolves, choice,
    payload: text, sha256: await sha256(utf8(text)),
  };
};

/**
 * Keep operations, with their records as they look now, in one transaction with whatever belongs to them.
 * @param {object[]} operations from `prepare`
 * @param {{stores?: string[], work?: (tx: object) => Promise<void>}} [also]
 * @throws {StorageFull}
 */
export const commit = async (operations, { stores = [], work } = {}) => {
  await change(["meta", "outbox", "records", ...stores.filter((name) => name !== "records")], async (tx) => {
    const device = await tx.meta.get("device");
    let seq = (await tx.meta.get("seq")) ?? 0;
    for (const operation of operations) {
      seq += 1;
      const seen = await tx.records.get([operation.noun, operation.key]);
      const base = operation.action === "create" || seen?.is_pending ? null : seen?.revision ?? null;
      await tx.outbox.put({
        ...operation, base_revision: operation.base_revision ?? base, seq, device: device?.device ?? null,
        state: "waiting", receipt: null, verified: null,
      });
      await apply(tx, operation);
    }
    await tx.meta.put(seq, "seq");
    await work?.(tx);
  });
  tell();
};

/** Let a record look as it will, marked as not yet known to the office. */
const apply = async (tx, { noun, action, key, payload, choice }) => {
  if (noun === "photos" || (choice && choice !== "mine")) return;
  const now = await tx.records.get([noun, key]);
  const fields = JSON.parse(payload);
  const record = action === "delete" ? now?.record ?? null : { ...now?.record, ...fields };
  await tx.records.put({ ...now, noun, key, revision: now?.revision ?? null, record, is_deleted: action === "delete", is_pending: true });
};

/** @returns {Promise<object[]>} all operations kept here, in their order */
export const all = async () => (await read(["outbox"], (tx) => tx.outbox.all())).sort((a, b) => a.seq - b.seq);

/** @returns {Promise<{waiting: number, held: number, refused: number, conflict: number, kept: number, photos: number}>} */
export const counts = async () => {
  const [operations, files] = await read(["outbox", "files"], async (tx) => [await tx.outbox.all(), await tx.files.all()]);
  const of = (state) => operations.filter((each) => each.state === state).length;
  return {
    waiting: of("waiting"), held: of("held"), refused: of("refused"), conflict: of("conflict"), kept: of("done"),
    photos: files.filter((each) => each.state !== "sent").length,
  };
};

/**
 * Put down what the office answered to a batch; only a receipt for these very bytes counts.
 * @param {object[]} receipts
 */
export const receive = async (receipts) => {
  await change(["outbox", "records", "sheets"], async (tx) => {
    for (const receipt of receipts) {
      const item = await tx.outbox.get(receipt.op);
      if (!item || item.sha256 !== receipt.sha256 || receipt.outcome === "retry") continue;
      await tx.outbox.put({ ...item, state: stateOf(item, receipt.outcome), receipt, is_decided: false });
      await take(tx, item, receipt);
    }
  });
  tell();
};

const stateOf = (item, outcome) =>
  SETTLED.includes(outcome) ? "done" : item.state === "settled" ? "settled" : outcome;

/** Let a record look as its office has it now, as far as this answer tells. */
const take = async (tx, item, { outcome, noun, key, revision, conflict }) => {
  const now = item.noun === "photos" ? null : await tx.records.get([noun ?? item.noun, key ?? item.key]);
  if (now && SETTLED.includes(outcome)) {
    await tx.records.put({ ...now, office: undefined, revision: revision ?? now.revision, is_pending: await isAwaited(tx, item) });
  } else if (now && outcome === "conflict" && conflict?.office) {
    const record = { ...now.record, ...conflict.office };
    await tx.records.put({ ...now, office: undefined, record, revision: conflict.revision, is_pending: false });
  } else if (now?.office && ["held", "refused"].includes(outcome)) {
    await tx.records.put({ ...now, ...now.office, office: undefined, is_pending: false });
  }
  if (outcome === "refused" && item.noun === "shifts" && item.action === "create") await reopen(tx, item);
};

const isAwaited = async (tx, item) =>
  (await tx.outbox.where("key", item.key)).some((other) => other.op !== item.op && other.state === "waiting");

/** A refused shift is not handed in: its line of the sheet can be corrected and handed in again. */
const reopen = async (tx, item) => {
  const { work_date: date, number, worker } = JSON.parse(item.payload);
  const found = await tx.sheets.get(`${date}#${number}`);
  const line = found?.people[worker];
  if (line?.key === item.key) await tx.sheets.put({ ...found, people: { ...found.people, [worker]: { ...line, sent: null, key: null } } });
  await tx.records.delete([item.noun, item.key]);
};

/**
 * Put down what `verify` said; drop what the office holds safely, and the photos of what is dropped.
 * @param {object[]} items
 * @returns {Promise<number>} how many were dropped
 */
export const verified = async (items) => {
  let dropped = 0;
  await change(["outbox", "files", "records", "sheets"], async (tx) => {
    for (const answer of items) {
      const item = await tx.outbox.get(answer.op);
      if (!item) continue;
      if (!answer.is_known) {
        await tx.outbox.put({ ...item, state: item.state === "settled" ? "settled" : "waiting", verified: answer });
        continue;
      }
      const state = answer.outcome && answer.outcome !== item.receipt?.outcome ? stateOf(item, answer.outcome) : item.state;
      const isSafe = answer.is_same && SAFE.includes(answer.safety) && answer.is_complete !== false;
      if (isSafe && ["done", "settled"].includes(state)) {
        if (item.noun === "photos") await tx.files.delete(JSON.parse(item.payload).file);
        await tx.outbox.delete(item.op);
        dropped += 1;
        continue;
      }
      if (state !== item.state) await take(tx, item, { ...answer, outcome: answer.outcome });
      await tx.outbox.put({ ...item, state, verified: { ...answer, at: new Date().toISOString() } });
    }
  });
  tell();
  return dropped;
};

/**
 * Note the base of operations on records whose revision was not known when they were made (an earlier operation was on
 * its way), before they are first sent, so that sending again sends the same.
 */
export const withBases = async (operations) =>
  change(["outbox", "records"], async (tx) => {
    const found = [];
    for (const operation of operations) {
      if (operation.action === "create" || operation.base_revision !== null) { found.push(operation); continue; }
      const now = await tx.records.get([operation.noun, operation.key]);
      const based = { ...operation, base_revision: now?.revision ?? null };
      await tx.outbox.put(based);
      found.push(based);
    }
    return found;
  });

/** Refuse one operation in the server's words for a whole request, so that it does not block the others. */
export const refuse = async (op, message) => {
  await change(["outbox"], async (tx) => {
    const item = await tx.outbox.get(op);
    const findings = [{ rule: message.code, severity: "refuse", message }];
    if (item) await tx.outbox.put({ ...item, state: "refused", receipt: { op, outcome: "refused", findings, isWhole: true } });
  });
  tell();
};

/**
 * Decide a conflict: a new operation that cites the old.
 * @param {object} item the operation in conflict
 * @param {"mine"|"office"|"ask"} choice
 */
export const decide = async (item, choice) => {
  const payload = choice === "mine" ? JSON.parse(item.payload) : {};
  const base = item.receipt.conflict?.revision ?? null;
  const made = await prepare(item.action === "delete" && choice === "mine"
    ? { noun: item.noun, action: "delete", key: item.key, payload, base_revision: base }
    : { noun: item.noun, action: "update", key: item.key, payload, resolves: item.op, choice, base_revision: base });
  await commit([made], { work: async (tx) => { await tx.outbox.put({ ...item, state: choice === "ask" ? "asked" : "settled", choice }); } });
};

/**
 * Be another device from now on: operations that were never received get its numbers, from 1 and without gaps.
 * @param {{device: string}} enrolled what the office answered to the code
 */
export const adopt = async (enrolled) => {
  await change(["meta", "outbox"], async (tx) => {
    const known = await tx.meta.get("device");
    const operations = (await tx.outbox.all()).sort((a, b) => a.seq - b.seq);
    let seq = known?.device === enrolled.device ? (await tx.meta.get("seq")) ?? 0 : 0;
    for (const each of operations) {
      if (each.device === enrolled.device || each.state !== "waiting") continue;
      seq += 1;
      await tx.outbox.put({ ...each, device: enrolled.device, seq });
    }
    await tx.meta.put(enrolled, "device");
    await tx.meta.put(seq, "seq");
    if (known && known.crew?.code !== enrolled.crew?.code) for (const name of ["cursor", "roster"]) await tx.meta.delete(name);
  });
  tell();
};

/** Take a refused operation off this phone, after a person has seen why. */
export const dismiss = async (op) => {
  await change(["outbox"], (tx) => tx.outbox.delete(op));
  tell();
};
