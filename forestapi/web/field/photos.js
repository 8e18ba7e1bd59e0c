/** Photos: taken or chosen, made 1600 px at most, kept with place and time, sent under their hash after their record. */
import * as outbox from "./outbox.js";
import { h, toast } from "./dom.js";
import { sha256 } from "./ids.js";
import { here } from "./position.js";
import { change, read } from "./store.js";
import { sync } from "./sync.js";
import { say } from "./words.js";

const LONGEST_PX = 1600;
const QUALITY = 0.82;

/** A button that takes a photo of a record. */
export const button = (noun, key) => {
  const input = h("input", { type: "file", accept: "image/*", capture: "environment", hidden: true, name: "photo" });
  input.onchange = async () => {
    const [file] = input.files;
    input.value = "";
    if (file) await take(noun, key, file);
  };
  return h("label.big.button", { tabindex: 0 }, input, `+ ${say("take_photo")}`);
};

/** Keep a photo at once, then its place when that is known, then tell the office. */
const take = async (noun, subject, file) => {
  const taken = new Date(file.lastModified || Date.now()).toISOString();
  const blob = await smaller(file);
  if (!blob) { toast(say("photo_unreadable"), "bad"); return; }
  const hash = await sha256(new Uint8Array(await blob.arrayBuffer()));
  const isThere = await change(["files"], async (tx) => {
    if (await tx.files.get(hash)) return true;
    await tx.files.put({ sha256: hash, bytes: blob, mime: blob.type, size: blob.size, state: "draft", draft: { subject_noun: noun, subject, taken_at: taken } });
    return false;
  });
  if (isThere) { toast(say("photo_again")); return; }
  toast(say("photo_kept"), "good");
  await declare(hash, await here());
  sync();
};

/** @returns {Promise<Blob|null>} the picture as JPEG, upright, at most 1600 px long; null if it cannot be read */
const smaller = async (file) => {
  const picture = await createImageBitmap(file, { imageOrientation: "from-image" }).catch(() => null);
  if (!picture) return null;
  const scale = Math.min(1, LONGEST_PX / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(picture.width * scale));
  canvas.height = Math.max(1, Math.round(picture.height * scale));
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  return new Promise((resolve) => { canvas.toBlob(resolve, "image/jpeg", QUALITY); });
};

/** Make the operation of a kept photo. */
const declare = async (hash, place) => {
  const file = await read(["files"], (tx) => tx.files.get(hash));
  if (file?.state !== "draft") return;
  const payload = {
    ...file.draft, ...(place ? { lon: place.lon, lat: place.lat, accuracy_m: place.accuracy_m } : {}), mime: file.mime, size: file.size, file: hash,
  };
  const made = await outbox.prepare({ noun: "photos", action: "create", payload });
  await outbox.commit([made], { stores: ["files"], work: (tx) => tx.files.put({ ...file, state: "waiting", op: made.op }) });
};

/** Photos whose place was being looked for when the app was killed go on without one. */
export const finish = async () => {
  const files = await read(["files"], (tx) => tx.files.all());
  for (const file of files) if (file.state === "draft") await declare(file.sha256, null);
};
