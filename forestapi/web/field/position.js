/** Where the phone is. Trouble with GPS is told, and never takes anything away that was heard before. */
const OPTIONS = { enableHighAccuracy: true, maximumAge: 0, timeout: 20_000 };
const SILENT_MS = 25_000;

let last = null;

/** @returns {[number, number]|null} longitude and latitude of the last fix of this visit */
export const lastPlace = () => (last ? [last.lon, last.lat] : null);

/** @returns {{lon: number, lat: number, accuracy_m: number, at: string}} */
const fixOf = ({ coords, timestamp }) => ({
  lon: Math.round(coords.longitude * 1e7) / 1e7, lat: Math.round(coords.latitude * 1e7) / 1e7,
  accuracy_m: Math.round(coords.accuracy * 10) / 10, at: new Date(timestamp).toISOString(),
});

/**
 * Hear every fix until stopped; a receiver that has gone silent is asked anew.
 * @param {(fix: object) => void} onfix
 * @param {(kind: "denied"|"lost"|"missing") => void} ontrouble
 * @returns {() => void} stop
 */
export const watch = (onfix, ontrouble) => {
  if (!navigator.geolocation) { ontrouble("missing"); return () => {}; }
  let id, timer;
  const restart = () => {
    if (id !== undefined) navigator.geolocation.clearWatch(id);
    id = navigator.geolocation.watchPosition(heard, failed, OPTIONS);
    wait();
  };
  const wait = () => { clearTimeout(timer); timer = setTimeout(restart, SILENT_MS); };
  const heard = (position) => { last = fixOf(position); wait(); onfix(last); };
  const failed = (error) => ontrouble(error.code === 1 ? "denied" : "lost");
  restart();
  return () => { clearTimeout(timer); navigator.geolocation.clearWatch(id); };
};

/** @returns {Promise<object|null>} a fix within some seconds, else the last one of the past two minutes, else null */
export const here = (waitMs = 8000) =>
  new Promise((resolve) => {
    const old = () => (last && Date.now() - Date.parse(last.at) < 120_000 ? last : null);
    if (!navigator.geolocation) { resolve(null); return; }
    const timer = setTimeout(() => resolve(old()), waitMs + 500);
    navigator.geolocation.getCurrentPosition(
      (position) => { clearTimeout(timer); last = fixOf(position); resolve(last); },
      () => { clearTimeout(timer); resolve(old()); },
      { enableHighAccuracy: true, maximumAge: 10_000, timeout: waitMs },
    );
  });
