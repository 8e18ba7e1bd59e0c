/** Our own tiles around the crew's plots, kept for days without a network. */
import { meta } from "./store.js";

const CACHE = "forest-tiles";
const LAYERS = { regions: [5, 10], plots: [8, 14] };
const MOST = 500;
const EVERY_MS = 24 * 3600e3;

const column = (lon, z) => Math.floor(((lon + 180) / 360) * 2 ** z);
const row = (lat, z) => {
  const sine = Math.sin((lat * Math.PI) / 180);
  return Math.floor((0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI)) * 2 ** z);
};

/** @returns {string[]} addresses of the tiles over a box, coarse ones first, as many as a phone can keep */
export const around = ([west, south, east, north], margin = 0.01) => {
  const found = [];
  for (let z = 5; z <= 14; z += 1) {
    const level = [];
    for (const [layer, [from, to]] of Object.entries(LAYERS)) {
      if (z < from || z > to) continue;
      for (let x = column(west - margin, z); x <= column(east + margin, z); x += 1) {
        for (let y = row(north + margin, z); y <= row(south - margin, z); y += 1) level.push(`/tiles/${layer}/${z}/${x}/${y}.mvt`);
        if (found.length + level.length > MOST) return found;
      }
    }
    found.push(...level);
  }
  return found;
};

/** Fetch and keep the tiles around the crew's plots, once a day; tiles are never worth an error. */
export const keepTiles = async () => {
  const box = (await meta.get("roster"))?.plots_bbox;
  const kept = await meta.get("tiles");
  if (!box || !globalThis.caches || (kept && kept.box === String(box) && Date.now() - kept.at < EVERY_MS)) return;
  const cache = await caches.open(CACHE);
  for (const address of around(box)) {
    const answer = await fetch(address);
    if (!answer.ok) return;
    await cache.put(new URL(address, location.origin).href, answer);
  }
  await meta.put("tiles", { box: String(box), at: Date.now() });
};
