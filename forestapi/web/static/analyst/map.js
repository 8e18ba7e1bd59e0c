/** The answer on a map: regions in the colours of one column, over our own tiles of regions. */
import { $, language, make, map as config, say, words } from "./config.js";
import { figure } from "./numbers.js";

const DRAWN = ["province", "prefecture", "county"];
const FILL = "answer";
let map = null;

const absolute = (url) => ({ url: new URL(url, location.origin).href });

const start = async () => {
  const library = await import(config.script);
  map = new library.Map({
    container: "map", style: config.style, bounds: [73, 18, 135, 54], minZoom: 1, maxZoom: 12, dragRotate: false,
    touchPitch: false, cooperativeGestures: true, attributionControl: false, transformRequest: absolute,
    locale: {
      "NavigationControl.ZoomIn": words.zoom_in, "NavigationControl.ZoomOut": words.zoom_out,
      "CooperativeGesturesHandler.WindowsHelpText": words.scroll_help,
      "CooperativeGesturesHandler.MacHelpText": words.scroll_help_mac,
      "CooperativeGesturesHandler.MobileHelpText": words.touch_help,
    },
  });
  map.addControl(new library.NavigationControl({ showCompass: false }));
  await new Promise((resolve) => { map.once("load", resolve); });
};

/** Bounds between classes: each class holds about as many regions, and equal values share one. */
const classes = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  const count = Math.min(config.colors.length, new Set(sorted).size);
  const breaks = [];
  for (let i = 1; i < count; i += 1) {
    const at = sorted[Math.floor((i * sorted.length) / count)];
    if (at > (breaks.at(-1) ?? sorted[0])) breaks.push(at);
  }
  return { breaks, least: sorted[0], most: sorted.at(-1) };
};

const colorsFor = (count) => Array.from({ length: count }, (_, i) =>
  config.colors[count === 1 ? config.colors.length - 2 : Math.round((i * (config.colors.length - 1)) / (count - 1))]);

const legend = ({ breaks, least, most }, colors, column) => {
  const edges = [least, ...breaks, most];
  $("classes").replaceChildren(...colors.map((color, i) => {
    const square = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    square.setAttribute("viewBox", "0 0 14 14");
    const rect = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    for (const [key, value] of Object.entries({ width: 14, height: 14, rx: 2, fill: color })) rect.setAttribute(key, value);
    square.append(rect);
    return make("li", {}, square, `${figure(edges[i], column)} – ${figure(edges[i + 1], column)}`);
  }));
};

/** One value for each region, where there is one that means something. */
const byRegion = (answer, column) => {
  const sums = new Map();
  for (const row of answer.rows) {
    const value = row[column.name];
    if (row.region !== null && typeof value === "number") sums.set(row.region, (sums.get(row.region) ?? 0) + value);
  }
  return sums;
};

/** Draws one column of an answer that is grouped by region, or says why there is no map. */
export const show = async (answer, column) => {
  const by = answer.parameters.by, level = answer.parameters.region_level;
  const why = !by.includes("region") ? words.map_needs_region
    : !DRAWN.includes(level) ? words.map_levels
      : by.length > 1 && !column.is_additive ? words.map_no_sum : "";
  const values = why ? new Map() : byRegion(answer, column);
  const isShown = !why && values.size > 0;
  $("map-note").textContent = why || (by.length > 1 ? words.map_sum : "");
  $("map-figure").classList.toggle("empty", !isShown);
  $("classes").replaceChildren();
  if (!isShown) return;
  try {
    if (!map) await start();
  } catch (error) {
    $("map-note").textContent = words.map_failed;
    $("map-figure").classList.add("empty");
    console.warn(error);
    return;
  }
  map.resize();
  // Tiles of far zooms know provinces and counties only.
  map.setMinZoom(level === "prefecture" ? 5 : 1);
  const found = classes(values.values());
  const colors = colorsFor(found.breaks.length + 1);
  legend(found, colors, column);
  const colorOf = (value) => colors[found.breaks.filter((bound) => value >= bound).length];
  const paint = ["match", ["get", "code"], ...[...values].flatMap(([code, value]) => [code, colorOf(value)]), "rgba(0,0,0,0)"];
  if (map.getLayer(FILL)) map.removeLayer(FILL);
  map.addLayer({
    id: FILL, type: "fill", source: "regions", "source-layer": "regions", filter: ["==", ["get", "level"], level],
    paint: { "fill-color": paint, "fill-outline-color": "#fbf7ec" },
  }, map.getStyle().layers.find((layer) => layer.type === "symbol" && layer["source-layer"] === "labels")?.id);
  $("map").dataset.state = "drawn";
  map.once("idle", () => { $("map").dataset.state = "ready"; });
};

/** Moves the map to a box [west, south, east, north] in degrees. */
export const look = (box) => map?.fitBounds(box, { padding: 24, animate: false });
