/** The public map: counties, cells and plots over our own tiles, with everything that steers it. */
import { colours, years } from "./controls.js";
import { Figures } from "./figures.js";
import { InView } from "./list.js";
import { drawLegend } from "./legend.js";
import { Paint } from "./paint.js";
import { Search } from "./search.js";
import { readHash, share, writeHash } from "./share.js";
import { State } from "./state.js";

/** The style names tiles by path; MapLibre's worker needs whole addresses. */
const absolute = (url) => ({ url: new URL(url, location.origin).href });

/** On a wide screen the legend lies over the lower part of the map. */
const IS_WIDE = matchMedia("(min-width: 1000px)").matches;

const LOCALE = {
  "Map.Title": "map",
  "NavigationControl.ZoomIn": "zoom_in",
  "NavigationControl.ZoomOut": "zoom_out",
  "FullscreenControl.Enter": "fullscreen",
  "FullscreenControl.Exit": "exit_fullscreen",
  "GeolocateControl.FindMyLocation": "my_place",
  "GeolocateControl.LocationNotAvailable": "no_place",
  "Popup.Close": "close",
  "CooperativeGesturesHandler.WindowsHelpText": "scroll_help",
  "CooperativeGesturesHandler.MacHelpText": "scroll_help_mac",
  "CooperativeGesturesHandler.MobileHelpText": "touch_help",
};

const create = (maplibre, element, config, view) => {
  const map = new maplibre.Map({
    container: element,
    style: config.style,
    ...(view ?? {
      bounds: config.bounds ?? [73, 18, 135, 54],
      fitBoundsOptions: { padding: { top: 36, bottom: IS_WIDE ? 190 : 28, left: 28, right: 56 }, maxZoom: 14 },
    }),
    minZoom: 1,
    maxZoom: 18,
    dragRotate: false,
    pitchWithRotate: false,
    touchPitch: false,
    cooperativeGestures: true,
    attributionControl: config.style.sources.basemap ? { compact: true } : false,
    locale: Object.fromEntries(Object.entries(LOCALE).map(([place, word]) => [place, config.words[word]])),
    transformRequest: absolute,
  });
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();
  map.addControl(new maplibre.NavigationControl({ showCompass: false }), "top-right");
  map.addControl(new maplibre.FullscreenControl({ container: element.closest(".map-stage") }), "top-right");
  // asks only when it is tapped; the position stays in the browser
  map.addControl(new maplibre.GeolocateControl({ positionOptions: { enableHighAccuracy: true }, fitBoundsOptions: { maxZoom: 13 } }), "top-right");
  map.addControl(new maplibre.ScaleControl({ maxWidth: 110 }), "bottom-right");
  return map;
};

/** A basemap that fails, or a tile that does not come, is said once; what there is stays in view. */
const tellFailures = (map, root, config) => {
  map.on("error", ({ sourceId, error }) => {
    if (!sourceId) { console.error(error); return; }
    root.textContent = config.words[sourceId.startsWith("basemap") ? "basemap_failed" : "tiles_failed"];
    root.hidden = false;
  });
};

const popups = (maplibre, map, config, paint, state) => {
  const shown = config.style.layers.filter(
    (layer) => Object.keys(config.popup.fields).includes(layer["source-layer"]) && ["fill", "circle"].includes(layer.type),
  );
  const at = (point) =>
    map.queryRenderedFeatures([[point.x - 4, point.y - 4], [point.x + 4, point.y + 4]], { layers: shown.map(({ id }) => id) })[0];
  const open = (place, sourceLayer, properties) =>
    new maplibre.Popup({ maxWidth: "280px", offset: 8 })
      .setLngLat(place)
      .setDOMContent(forestPopup(sourceLayer, properties, config.popup))
      .addTo(map);
  map.on("click", (event) => {
    const feature = at(event.point);
    if (!feature) return;
    const properties = feature.sourceLayer === "cells" ? paint.cellAt(feature.properties, state.to) : feature.properties;
    open(event.lngLat, feature.sourceLayer, properties);
  });
  map.on("mousemove", (event) => { map.getCanvas().style.cursor = at(event.point) ? "pointer" : ""; });
  return open;
};

/** Draw the map and wire what steers it; resolves with the map. */
export const start = async (element, config) => {
  const figure = element.closest(".map-figure");
  const find = (name) => figure.querySelector(`[data-map="${name}"]`);
  const { view, ...chosen } = readHash(location.hash, config);
  const state = new State(chosen);
  const figures = new Figures(config);
  const paint = new Paint(config, figures);
  paint.prepare(state);
  const maplibre = await import(config.maplibre);
  const map = create(maplibre, element, config, view);
  const fit = (bounds, maxZoom = 14) =>
    map.fitBounds(bounds, { padding: { top: 40, bottom: 40, left: 40, right: 60 }, maxZoom, animate: !matchMedia("(prefers-reduced-motion: reduce)").matches });
  tellFailures(map, find("note"), config);

  let isStyled = false;
  const legend = () => drawLegend(find("legend"), config, state, map.getZoom());
  const list = new InView(find("in-view"), config, figures);
  const listed = () => list.show(map, state, (bounds) => fit(bounds, 10));
  const remember = () => history.replaceState(history.state, "", writeHash(map, state, config));
  const counties = async () => {
    const asked = { by: state.by, to: state.to };
    const color = await paint.counties(asked).catch(() => null);
    if (asked.by !== state.by || asked.to !== state.to) return;
    if (color === null) {
      find("note").textContent = config.words.figures_failed;
      find("note").hidden = false;
    }
    map.setPaintProperty("counties", "fill-color", color ?? "rgba(0,0,0,0)");
  };
  const changed = () => {
    legend();
    remember();
    if (!isStyled) return; // it is applied as soon as there is a style
    paint.apply(map, state);
    counties();
    map.once("idle", listed);
  };

  colours(find("colours"), config, state);
  years(find("years"), config, state, figures);
  share(find("share"), config);
  const open = popups(maplibre, map, config, paint, state);
  new Search(find("search"), config, ({ bounds, plot }) => {
    fit(bounds, 15);
    if (plot) open([(bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2], "plots", plot);
  });
  state.watch(changed);
  legend();
  map.on("zoom", legend);
  map.on("moveend", () => { remember(); map.once("idle", listed); });
  addEventListener("hashchange", () => {
    const { view: place, ...told } = readHash(location.hash, config);
    if (place) map.jumpTo(place);
    state.set(told);
  });
  map.once("style.load", () => { isStyled = true; paint.apply(map, state); counties(); });
  map.once("idle", () => { element.dataset.state = "ready"; listed(); });
  return map;
};
