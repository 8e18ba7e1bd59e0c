/** The map: our own tiles, the crew's plots from the phone itself, and where the phone is. */
import { fill, h } from "./dom.js";
import { lastPlace, watch } from "./position.js";
import { language, say } from "./words.js";

const MINE = "#0e3b31";
const LIVE = "#c2410c";
const CHINA = [97, 36, 108, 42];

let config;
const settings = async () => {
  if (config) return config;
  config = await (await fetch("/field/config.json")).json();
  document.head.append(h("link", { rel: "stylesheet", href: config.maplibre_css }));
  return config;
};
const empty = { type: "FeatureCollection", features: [] };
const collection = (features) => ({ type: "FeatureCollection", features });
const absolute = (url) => ({ url: new URL(url, location.origin).href });

const box = (plots) => {
  const boxes = plots.map((plot) => plot.box).filter(Boolean);
  if (!boxes.length) return null;
  return [Math.min(...boxes.map((b) => b[0])), Math.min(...boxes.map((b) => b[1])), Math.max(...boxes.map((b) => b[2])), Math.max(...boxes.map((b) => b[3]))];
};

/**
 * Draw a map into an element.
 * @param {HTMLElement} stage
 * @param {{plots?: object[], box?: number[], onpick?: (id: string) => void, ontap?: (place: [number, number]) => void, isFollowing?: boolean, zoom?: number}} of
 * @returns {Promise<Function>} what takes it away; with `track(line, ring)` and `at(fix)` to draw on it
 */
export const openMap = async (stage, { plots = [], box: wanted, onpick, ontap, isFollowing = false, zoom = 14 }) => {
  const none = Object.assign(() => {}, { track: () => {}, at: () => {} });
  stage.append(h("p.map-state", say("map_loading")));
  if (!document.createElement("canvas").getContext("webgl2")) { fill(stage, h("p.map-state", say("map_failed"))); return none; }
  let map, maplibre;
  try {
    const told = await settings();
    maplibre = await import(told.maplibre);
    if (!stage.isConnected) return none;
    const here = lastPlace();
    const start = wanted ?? (here ? [here[0] - 0.01, here[1] - 0.01, here[0] + 0.01, here[1] + 0.01] : box(plots) ?? CHINA);
    stage.replaceChildren();
    map = new maplibre.Map({
      container: stage, style: told.styles[language()], bounds: start, fitBoundsOptions: { padding: 32, maxZoom: 17 },
      maxZoom: 20, dragRotate: false, pitchWithRotate: false, touchPitch: false, attributionControl: false, transformRequest: absolute,
    });
  } catch (error) {
    console.error(error);
    fill(stage, h("p.map-state", say("map_failed")));
    return none;
  }
  map.touchZoomRotate.disableRotation();
  map.addControl(new maplibre.NavigationControl({ showCompass: false }), "top-right");
  map.addControl(new maplibre.ScaleControl({ maxWidth: 110 }), "bottom-left");
  const pending = { line: [], ring: [], fix: null };
  const draw = () => {
    if (!map.getSource("track")) return;
    const { line, ring } = pending;
    map.getSource("track").setData(collection([
      ...(ring.length > 2 ? [{ type: "Feature", properties: {}, geometry: { type: "Polygon", coordinates: [[...ring, ring[0]]] } }] : []),
      ...(line.length > 1 ? [{ type: "Feature", properties: {}, geometry: { type: "LineString", coordinates: line } }] : []),
      ...ring.map((place) => ({ type: "Feature", properties: { kind: "corner" }, geometry: { type: "Point", coordinates: place } })),
    ]));
    map.getSource("here").setData(pending.fix ? collection([{ type: "Feature", properties: {}, geometry: { type: "Point", coordinates: [pending.fix.lon, pending.fix.lat] } }]) : empty);
  };
  map.on("load", () => {
    map.addSource("mine", { type: "geojson", data: collection(plots.filter((plot) => plot.record.boundary).map((plot) => ({ type: "Feature", properties: { id: plot.key, number: plot.record.number }, geometry: plot.record.boundary }))) });
    map.addSource("track", { type: "geojson", data: empty });
    map.addSource("here", { type: "geojson", data: empty });
    map.addLayer({ id: "mine-fill", type: "fill", source: "mine", paint: { "fill-color": MINE, "fill-opacity": 0.25 } });
    map.addLayer({ id: "mine-line", type: "line", source: "mine", paint: { "line-color": MINE, "line-width": 2.5 } });
    map.addLayer({ id: "mine-name", type: "symbol", source: "mine", minzoom: 13, layout: { "text-field": ["get", "number"], "text-font": ["Noto Sans CJK SC", "sans-serif"], "text-size": 14 }, paint: { "text-color": MINE, "text-halo-color": "#fffdf7", "text-halo-width": 2 } });
    map.addLayer({ id: "track-fill", type: "fill", source: "track", filter: ["==", ["geometry-type"], "Polygon"], paint: { "fill-color": LIVE, "fill-opacity": 0.18 } });
    map.addLayer({ id: "track-line", type: "line", source: "track", filter: ["!=", ["geometry-type"], "Point"], paint: { "line-color": LIVE, "line-width": 4 } });
    map.addLayer({ id: "track-corner", type: "circle", source: "track", filter: ["==", ["get", "kind"], "corner"], paint: { "circle-color": "#fffdf7", "circle-stroke-color": LIVE, "circle-stroke-width": 2.5, "circle-radius": 4 } });
    map.addLayer({ id: "here", type: "circle", source: "here", paint: { "circle-color": "#1d4ed8", "circle-stroke-color": "#ffffff", "circle-stroke-width": 3, "circle-radius": 8 } });
    draw();
    stage.dataset.state = "ready";
  });
  map.on("click", (event) => {
    const found = onpick && map.getLayer("mine-fill") && map.queryRenderedFeatures(event.point, { layers: ["mine-fill"] })[0];
    if (found) onpick(found.properties.id);
    else ontap?.([Math.round(event.lngLat.lng * 1e7) / 1e7, Math.round(event.lngLat.lat * 1e7) / 1e7]);
  });
  let isCentred = !isFollowing || Boolean(wanted);
  const at = (fix) => {
    pending.fix = fix;
    draw();
    if (!isCentred) { isCentred = true; map.jumpTo({ center: [fix.lon, fix.lat], zoom: Math.max(map.getZoom(), zoom) }); }
    else if (isFollowing && pending.line.length < 2 && !map.getBounds().contains([fix.lon, fix.lat])) map.easeTo({ center: [fix.lon, fix.lat] });
  };
  const stop = isFollowing && !wanted ? watch(at, () => {}) : () => {};
  const remove = () => { stop(); map.remove(); };
  const track = (line, ring) => {
    Object.assign(pending, { line, ring });
    draw();
    if (line.length < 2 || line.every((place) => map.getBounds().contains(place))) return;
    const [lons, lats] = [line.map(([lon]) => lon), line.map(([, lat]) => lat)];
    map.fitBounds([Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)], { padding: 50, maxZoom: 18, duration: 300 });
  };
  return Object.assign(remove, { at, track });
};
