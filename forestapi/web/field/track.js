/**
 * A boundary being walked. Every fix is on the disk when it has arrived, with its accuracy and time; what is undone is
 * marked, not deleted. The ring is always made anew from the fixes.
 */
import { areaM2, isCrossing, metres } from "./ground.js";
import { uuid7 } from "./ids.js";
import { change, read } from "./store.js";

/** Fixes worse than this are kept, and no corners. */
export const POOREST_M = 30;
const APART_M = 3;
const TINY_M2 = 100;

/** @returns {Promise<{track: object, fixes: object[]}|null>} the boundary that was begun and not saved */
export const unfinished = async () =>
  read(["tracks", "fixes"], async (tx) => {
    const track = (await tx.tracks.all()).at(-1);
    return track ? { track, fixes: await tx.fixes.where("track", track.id) } : null;
  });

/** @param {"walk"|"corners"} mode */
export const begin = async (mode) => {
  const track = { id: uuid7(), mode, started_at: new Date().toISOString(), number: "" };
  await change(["tracks"], (tx) => tx.tracks.put(track));
  return track;
};

export const keep = (track) => change(["tracks"], (tx) => tx.tracks.put(track));

/**
 * Keep one fix.
 * @param {object} track
 * @param {object} fix lon, lat, accuracy_m, at
 * @param {"walk"|"corner"|"tap"} source
 */
export const add = async (track, fix, source) => {
  const made = { ...fix, track: track.id, source };
  const n = await change(["fixes"], (tx) => tx.fixes.put(made));
  return { ...made, n };
};

/** Take the last corner back; it stays in the track. */
export const undo = async (track, fixes) => {
  const last = corners(track, fixes).at(-1);
  if (!last) return fixes;
  const undone = { ...last, is_dropped: true };
  await change(["fixes"], (tx) => tx.fixes.put(undone));
  return fixes.map((fix) => (fix.n === last.n ? undone : fix));
};

export const discard = (track) =>
  change(["tracks", "fixes"], (tx) => forget(tx, track));

/** Take a track away, inside a transaction that keeps what was made of it. */
export const forget = async (tx, track) => {
  await tx.tracks.delete(track.id);
  for (const n of await tx.fixes.keysWhere("track", track.id)) await tx.fixes.delete(n);
};

/** @returns {object[]} the fixes that are corners of the boundary, in order */
export const corners = ({ mode }, fixes) => {
  const found = [];
  for (const fix of fixes) {
    if (fix.is_dropped) continue;
    if (fix.source === "walk") {
      if (mode !== "walk" || fix.accuracy_m > POOREST_M) continue;
      const last = found.at(-1);
      if (last && metres([last.lon, last.lat], [fix.lon, fix.lat]) < APART_M) continue;
    }
    found.push(fix);
  }
  return found;
};

/** @returns {{ring: number[][], area_m2: number, accuracy_m: number|null, isCrossing: boolean, isTiny: boolean, isEnough: boolean}} */
export const shape = (track, fixes) => {
  const used = corners(track, fixes);
  let ring = used.map(({ lon, lat }) => [lon, lat]);
  if (ring.length > 3 && metres(ring[0], ring.at(-1)) < APART_M) ring = ring.slice(0, -1);
  const measured = used.map((fix) => fix.accuracy_m).filter((value) => value !== null && value !== undefined);
  const area = areaM2(ring);
  return {
    ring, area_m2: area, isCrossing: ring.length > 2 && isCrossing(ring), isTiny: area < TINY_M2, isEnough: new Set(ring.map(String)).size >= 3,
    accuracy_m: measured.length ? Math.round((measured.reduce((sum, value) => sum + value, 0) / measured.length) * 10) / 10 : null,
  };
};

/** @returns {object} a plot's record but for programme and number; the whole track stands in its attributes */
export const record = (track, fixes) => {
  const { ring, accuracy_m: accuracy } = shape(track, fixes);
  const used = corners(track, fixes);
  const isTapped = used.every((fix) => fix.source === "tap");
  const start = Date.parse(track.started_at);
  return {
    boundary: { type: "Polygon", coordinates: [[...ring, ring[0]]] },
    capture_method: isTapped ? "digitised" : track.mode === "walk" ? "gnss_walk" : "gnss_points",
    ...(accuracy === null ? {} : { accuracy_m: accuracy }),
    attributes: {
      track: {
        mode: track.mode, started_at: track.started_at,
        lon: fixes.map((fix) => fix.lon), lat: fixes.map((fix) => fix.lat), accuracy_m: fixes.map((fix) => fix.accuracy_m ?? null),
        t_s: fixes.map((fix) => Math.round((Date.parse(fix.at) - start) / 100) / 10), source: fixes.map((fix) => fix.source + (fix.is_dropped ? "-undone" : "")),
      },
    },
  };
};
