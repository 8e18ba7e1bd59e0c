/**
 * The service worker. The server writes `VERSION` and `FILES` (address → hash) in front of this text.
 *
 * All files of a version are fetched and checked by their hashes before any of them is used, and stand in a cache of
 * their own: a phone has the old app whole or the new one whole. Tiles are kept apart; answers of the API never.
 */
const FRONT = "forest-field-";
const CACHE = FRONT + VERSION;
const TILES = "forest-tiles";
const MOST_TILES = 3000;

self.addEventListener("install", (event) => {
  event.waitUntil((async () => {
    const cache = await caches.open(CACHE);
    await Promise.all(Object.entries(FILES).map(async ([address, integrity]) => {
      const answer = await fetch(address, { cache: "reload", integrity });
      if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
      await cache.put(address, answer);
    }));
  })());
});

self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) {
      if (name.startsWith(FRONT) && name !== CACHE) await caches.delete(name);
    }
    await self.clients.claim();
  })());
});

self.addEventListener("message", (event) => {
  if (event.data === "take-over") self.skipWaiting();
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return;
  if (pathname.startsWith("/tiles/")) event.respondWith(tile(event, request));
  else if (pathname in FILES) event.respondWith(kept(pathname, request));
});

const kept = async (pathname, request) =>
  (await (await caches.open(CACHE)).match(pathname)) ?? fetch(request);

/** The network's tile while there is one, else the kept one; without either, an empty tile, so that the map stays. */
const tile = async (event, request) => {
  const cache = await caches.open(TILES);
  try {
    const answer = await fetch(request, { signal: AbortSignal.timeout(8000) });
    if (answer.ok) {
      const copy = answer.clone();
      event.waitUntil(cache.put(request.url, copy).then(() => trim(cache)).catch(() => {}));
      return answer;
    }
    return (await cache.match(request.url)) ?? answer;
  } catch {
    return (await cache.match(request.url)) ?? new Response(new Uint8Array(), { headers: { "Content-Type": "application/vnd.mapbox-vector-tile" } });
  }
};

let sinceTrim = 0;

/** Tiles are the first to go: the oldest beyond `MOST_TILES` are dropped, looked at every 200 new ones. */
const trim = async (cache) => {
  sinceTrim += 1;
  if (sinceTrim < 200) return;
  sinceTrim = 0;
  const keys = await cache.keys();
  for (const key of keys.slice(0, Math.max(0, keys.length - MOST_TILES))) await cache.delete(key);
};
