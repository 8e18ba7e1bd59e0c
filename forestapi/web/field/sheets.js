/**
 * Crew sheets: one a date and shift number. A sheet has a default and a line for each person who came, with what is
 * different for that person; every tick is on the disk before it shows as kept. Handing in makes operations.
 */
import * as outbox from "./outbox.js";
import { toFen } from "./civil.js";
import { uuid7 } from "./ids.js";
import { change, meta, read } from "./store.js";

/** What a line may have of its own. */
export const OWN = ["activity", "plot", "hours", "pay_basis", "quantity", "rate_yuan", "is_paid"];
const FIRST = { activity: "planting", plot: null, hours: 8, pay_basis: "day", quantity: null, rate_yuan: null, is_paid: true };

const known = (values, names = OWN) =>
  Object.fromEntries(names.filter((name) => values?.[name] !== undefined).map((name) => [name, tidy(name, values[name])]));
const tidy = (name, value) =>
  ["hours", "quantity", "rate_yuan", "wage_yuan"].includes(name) && value !== null ? Number(value) : value;

/**
 * Open a sheet: as it was ticked, brought up to what the office has; a new one starts from the last used day.
 * @param {string} date @param {number} number
 */
export const open = async (date, number = 1) => {
  const id = `${date}#${number}`;
  const [last, roster] = await Promise.all([meta.get("last_default"), meta.get("roster")]);
  return change(["sheets", "records", "outbox"], async (tx) => {
    const shifts = (await tx.records.where("noun", "shifts"))
      .filter(({ record }) => record?.work_date === date && Number(record.number ?? 1) === number);
    const found = (await tx.sheets.get(id))
      ?? { id, date, number, default: { ...FIRST, ...known(roster?.defaults), ...last, ...usual(shifts) }, people: {} };
    const people = { ...found.people };
    for (const shift of shifts) await follow(tx, people, shift, found.default);
    return { ...found, people };
  });
};

/** What most of the shifts that the office has of a sheet say: its default, on a phone that has no sheet of that day. */
const usual = (shifts) => {
  const counted = new Map();
  for (const { record, is_deleted: isDeleted } of shifts) {
    if (isDeleted || record.status === "void") continue;
    const text = JSON.stringify({ ...FIRST, ...known(record) });
    counted.set(text, (counted.get(text) ?? 0) + 1);
  }
  const [most] = [...counted].sort((a, b) => b[1] - a[1]);
  return most ? JSON.parse(most[0]) : {};
};

/** Let a line follow its shift at the office, unless something of ours about it is still on its way. */
const follow = async (tx, people, { key, record, is_deleted: isDeleted }, base) => {
  const line = people[record.worker];
  if (line?.key && line.key !== key) return;
  if ((await tx.outbox.where("key", key)).some((each) => ["waiting", "conflict", "asked"].includes(each.state))) return;
  const sent = isDeleted || record.status === "void" ? null : sentOf(record);
  if (JSON.stringify(line?.sent ?? null) === JSON.stringify(sent)) return;
  if (!sent) { if (line?.sent) people[record.worker] = { ...line, came: false, sent: null, key: null }; return; }
  const own = Object.fromEntries(OWN.filter((name) => sent[name] !== base[name]).map((name) => [name, sent[name]]));
  people[record.worker] = { came: true, own, key, sent };
};

const sentOf = (record) => ({ ...FIRST, ...known(record), wage_yuan: Number(record.wage_yuan ?? 0) });

/** Keep a sheet as it is now; resolves when it is on the disk. */
export const keep = (sheet) => change(["sheets"], (tx) => tx.sheets.put(sheet));

/** @returns {object} what one line says, default and own taken together, with the wage */
export const line = (sheet, worker) => {
  const values = { ...sheet.default, ...sheet.people[worker]?.own };
  if (!values.is_paid) Object.assign(values, { rate_yuan: null, quantity: null });
  return { ...values, wage_yuan: wage(values) };
};

/** @returns {number} yuan: hours, days or pieces times the rate */
export const wage = ({ is_paid: isPaid, pay_basis: basis, hours, quantity, rate_yuan: rate }) => {
  if (!isPaid || rate === null || rate === undefined) return 0;
  const count = basis === "hour" ? hours : basis === "day" ? quantity ?? 1 : quantity ?? 0;
  return toFen((count ?? 0) * rate);
};

/** @returns {{came: number, hours: number, wages: number, open: number, lacking: string[]}} of a sheet */
export const totals = (sheet) => {
  const found = { came: 0, hours: 0, wages: 0, open: 0, lacking: [] };
  for (const [worker, person] of Object.entries(sheet.people)) {
    if (person.came) {
      const values = line(sheet, worker);
      found.came += 1;
      found.hours += values.hours ?? 0;
      found.wages = toFen(found.wages + values.wage_yuan);
      if (!isWhole(values)) found.lacking.push(worker);
    }
    if (isOpen(sheet, worker)) found.open += 1;
  }
  return found;
};

const isWhole = (values) =>
  values.hours > 0 && values.hours <= 16 && (!values.is_paid || (values.rate_yuan !== null && (values.pay_basis !== "piece" || values.quantity !== null)));

/** Whether a line says something else than what was handed in. */
export const isOpen = (sheet, worker) => {
  const { came, sent } = sheet.people[worker] ?? {};
  if (!came) return Boolean(sent);
  return !sent || Object.keys(changes(sheet, worker)).length > 0;
};

const changes = (sheet, worker) => {
  const now = line(sheet, worker), { sent } = sheet.people[worker];
  return Object.fromEntries([...OWN, "wage_yuan"].filter((name) => now[name] !== sent[name]).map((name) => [name, now[name]]));
};

/**
 * Hand a sheet in: an operation for each line that is new, other than before, or gone. Sheet and operations are kept
 * in one transaction, so that a killed app has handed in either all or nothing.
 * @returns {Promise<{sheet: object, made: number}>}
 */
export const handIn = async (sheet) => {
  const device = await meta.get("device");
  const operations = [], people = { ...sheet.people };
  for (const worker of Object.keys(people)) {
    if (!isOpen(sheet, worker)) continue;
    const person = people[worker], now = line(sheet, worker);
    if (!person.came) {
      operations.push(await outbox.prepare({ noun: "shifts", action: "delete", key: person.key, payload: {} }));
      people[worker] = { ...person, sent: null, key: null };
    } else if (person.sent) {
      operations.push(await outbox.prepare({ noun: "shifts", action: "update", key: person.key, payload: changes(sheet, worker) }));
      people[worker] = { ...person, sent: now };
    } else {
      const key = uuid7();
      operations.push(await outbox.prepare({ noun: "shifts", action: "create", key, payload: shift(device, sheet, worker, now) }));
      people[worker] = { ...person, key, sent: now };
    }
  }
  const handed = { ...sheet, people, handed_at: new Date().toISOString() };
  await outbox.commit(operations, {
    stores: ["sheets"],
    work: async (tx) => { await tx.sheets.put(handed); await tx.meta.put(sheet.default, "last_default"); },
  });
  return { sheet: handed, made: operations.length };
};

const shift = (device, sheet, worker, values) => ({
  worker, programme: device.programme.code, crew: device.crew.code, work_date: sheet.date, number: sheet.number,
  recorder: device.label, status: "submitted", ...values,
});

/** @returns {Promise<object[]>} who is on the roster, those added here included, by number and name */
export const workers = async () => {
  const [roster, added] = await Promise.all([meta.get("roster"), read(["records"], (tx) => tx.records.where("noun", "workers"))]);
  const people = new Map((roster?.workers ?? []).map((each) => [each.id, each]));
  for (const { key, record, is_deleted: isDeleted } of added) {
    if (isDeleted) people.delete(key);
    else if (!people.has(key) && record?.identity?.name) people.set(key, { ...record, id: key, name: record.identity.name });
  }
  return [...people.values()].sort((a, b) => String(a.number ?? "~").localeCompare(String(b.number ?? "~"), undefined, { numeric: true }) || String(a.name ?? "").localeCompare(String(b.name ?? ""), "zh"));
};

/** Put a new worker on the roster, on the sheet and into the outbox at once. */
export const addWorker = async (sheet, { name, sex, birth_year: birthYear }) => {
  const device = await meta.get("device");
  const payload = { crew: device.crew.code, sex, ...(birthYear ? { birth_year: birthYear } : {}), identity: { name } };
  const made = await outbox.prepare({ noun: "workers", action: "create", payload });
  const next = { ...sheet, people: { ...sheet.people, [made.key]: { came: true, own: {} } } };
  await outbox.commit([made], { stores: ["sheets"], work: (tx) => tx.sheets.put(next) });
  return next;
};
