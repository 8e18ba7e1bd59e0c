/**
 * What the phone keeps, in IndexedDB. Every write is one transaction that is on the disk when its promise resolves
 * (`durability: "strict"`), so that an app killed at any moment has either all of it or nothing of it.
 */
const NAME = "forest-field";
const VERSION = 1;
const STORES = {
  /** Single values by name: device, roster, cursor, seq, … */
  meta: {},
  /** Operations made here, as they are sent, with what became of them. */
  outbox: { keyPath: "op", indexes: { seq: "seq", state: "state", key: "key" } },
  /** Bytes of photos by their hash. */
  files: { keyPath: "sha256" },
  /** The records of the crew as the office has them, and those made here that it does not have yet. */
  records: { keyPath: ["noun", "key"], indexes: { noun: "noun" } },
  /** Crew sheets by date and shift number, as they are ticked. */
  sheets: { keyPath: "id" },
  /** Boundaries being walked, and their fixes in the order of arrival. */
  tracks: { keyPath: "id" },
  fixes: { keyPath: "n", autoIncrement: true, indexes: { track: "track" } },
};

/** The storage of the phone is full. Nothing of the write was kept; everything before it was. */
export class StorageFull extends Error {}

const answer = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

let opened;

const open = () => {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, VERSION);
    request.onupgradeneeded = () => {
      for (const [name, { indexes = {}, ...options }] of Object.entries(STORES)) {
        const store = request.result.createObjectStore(name, options);
        for (const [index, path] of Object.entries(indexes)) store.createIndex(index, path);
      }
    };
    request.onsuccess = () => {
      request.result.onversionchange = () => request.result.close();
      request.result.onclose = () => { opened = undefined; };
      resolve(request.result);
    };
    request.onerror = () => { opened = undefined; reject(request.error); };
  });
  return opened;
};

const isFull = (error) => error?.name === "QuotaExceededError";

/** The stores of one transaction, each call a promise; only these may be awaited inside it. */
const within = (transaction) =>
  Object.fromEntries([...transaction.objectStoreNames].map((name) => {
    const store = transaction.objectStore(name);
    return [name, {
      get: (key) => answer(store.get(key)),
      all: (range) => answer(store.getAll(range)),
      where: (index, value) => answer(store.index(index).getAll(value)),
      keysWhere: (index, value) => answer(store.index(index).getAllKeys(value)),
      put: (value, key) => answer(store.put(value, key)),
      delete: (key) => answer(store.delete(key)),
    }];
  }));

/**
 * Read from stores in one transaction.
 * @param {string[]} names
 * @param {(tx: object) => Promise<T>} work
 * @returns {Promise<T>}
 * @template T
 */
export const read = async (names, work) => work(within((await open()).transaction(names, "readonly")));

/**
 * Change stores in one transaction; resolves with the work's answer once it is on the disk.
 * @throws {StorageFull} there is no room; nothing was changed
 */
export const change = async (names, work) => {
  const transaction = (await open()).transaction(names, "readwrite", { durability: "strict" });
  const done = new Promise((resolve, reject) => {
    transaction.oncomplete = resolve;
    transaction.onabort = () => reject(transaction.error ?? new Error("aborted"));
  });
  done.catch(() => {});
  try {
    const result = await work(within(transaction));
    await done;
    return result;
  } catch (error) {
    try { transaction.abort(); } catch { /* it has aborted by itself */ }
    throw isFull(error) || isFull(transaction.error) ? new StorageFull() : error;
  }
};

export const meta = {
  get: (name) => read(["meta"], (tx) => tx.meta.get(name)),
  put: (name, value) => change(["meta"], (tx) => tx.meta.put(value, name)),
  delete: (name) => change(["meta"], (tx) => tx.meta.delete(name)),
};

/** @returns {Promise<{used: number, quota: number, isPersistent: boolean}>} bytes */
export const room = async () => {
  const { usage = 0, quota = 0 } = (await navigator.storage?.estimate?.()) ?? {};
  return { used: usage, quota, isPersistent: (await navigator.storage?.persisted?.()) ?? false };
};

/** Ask the browser not to clear this storage when the phone runs short. */
export const persist = async () => (await navigator.storage?.persist?.()) ?? false;
