/**
 * The last way out: everything that is only on this phone, as one file, and back from it, on this phone or another.
 * The file has no token; it has names, and belongs in nobody else's hands.
 */
import * as outbox from "./outbox.js";
import { h, toast } from "./dom.js";
import { change, read } from "./store.js";
import { sync } from "./sync.js";
import { say } from "./words.js";
import { today } from "./civil.js";

const FORMAT = "forest-field-1";
const OWN = ["outbox", "sheets", "tracks", "fixes"];

export const saveButton = () => h("button.big", { onclick: save }, say("save_file"));

export const loadButton = () => {
  const input = h("input", { type: "file", accept: ".json,application/json", hidden: true, name: "rescue" });
  input.onchange = async () => {
    const [file] = input.files;
    input.value = "";
    if (file) await load(file);
  };
  return h("label.big.button", { tabindex: 0 }, input, say("load_file"));
};

const base64 = (blob) =>
  new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(",") + 1));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });

/** Write the file piece by piece: photos together may be larger than one string can be. */
const save = async () => {
  const kept = await read(["meta", "files", "records", ...OWN], async (tx) => ({
    device: await tx.meta.get("device"), files: await tx.files.all(), records: (await tx.records.all()).filter((each) => each.is_pending),
    outbox: await tx.outbox.all(), sheets: await tx.sheets.all(), tracks: await tx.tracks.all(), fixes: await tx.fixes.all(),
  }));
  const { device, files, ...own } = kept;
  const head = JSON.stringify({
    format: FORMAT, saved_at: new Date().toISOString(),
    device: device && { device: device.device, label: device.label, programme: device.programme, crew: device.crew }, ...own,
  });
  const parts = [head.slice(0, -1), ',"files":['];
  for (const [i, { bytes, ...file }] of files.entries()) {
    parts.push(i ? "," : "", JSON.stringify({ ...file, bytes: await base64(bytes) }));
  }
  parts.push("]}");
  const address = URL.createObjectURL(new Blob(parts, { type: "application/json" }));
  const link = h("a", { href: address, download: `forest-${device?.crew?.code ?? "field"}-${today()}.json` });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
  toast(say("file_saved"), "good");
};

/** Take in what a file has and this phone has not; what both have stays as it is here. */
const load = async (file) => {
  let kept;
  try { kept = JSON.parse(await file.text()); } catch { /* told below */ }
  if (kept?.format !== FORMAT) { toast(say("file_unknown"), "bad"); return; }
  const photos = await Promise.all((kept.files ?? []).map(async ({ bytes, ...rest }) => ({
    ...rest, bytes: new Blob([Uint8Array.from(atob(bytes), (letter) => letter.charCodeAt(0))], { type: rest.mime }),
  })));
  const taken = await change(["meta", "files", "records", ...OWN], async (tx) => {
    const device = await tx.meta.get("device");
    let seq = (await tx.meta.get("seq")) ?? 0, count = 0;
    for (const item of kept.outbox.sort((a, b) => a.seq - b.seq)) {
      if (await tx.outbox.get(item.op)) continue;
      const isOwn = item.device === device?.device;
      if (!isOwn && item.state === "waiting") seq += 1;
      await tx.outbox.put(isOwn || item.state !== "waiting" ? item : { ...item, device: device?.device ?? null, seq });
      if (isOwn) seq = Math.max(seq, item.seq);
      count += 1;
    }
    await tx.meta.put(seq, "seq");
    for (const photo of photos) if (!(await tx.files.get(photo.sha256))) await tx.files.put(photo);
    for (const record of kept.records) if (!(await tx.records.get([record.noun, record.key]))) await tx.records.put(record);
    for (const sheet of kept.sheets) if (!(await tx.sheets.get(sheet.id))) await tx.sheets.put(sheet);
    for (const track of kept.tracks) {
      if (await tx.tracks.get(track.id)) continue;
      await tx.tracks.put(track);
      for (const { n, ...fix } of kept.fixes.filter((each) => each.track === track.id)) await tx.fixes.put(fix);
    }
    return count;
  });
  outbox.news.dispatchEvent(new Event("change"));
  toast(say("file_loaded", { n: taken }), "good");
  sync();
};
