/** The public page: the map over our own tiles, a legend that follows it, and a county table that sorts. */
const config = JSON.parse(document.getElementById("config").textContent);

for (const sheet of document.querySelectorAll("link[data-late]")) sheet.media = "all";

/** There is room on a wide screen to show how the headline adds up; the map must find the layout as it stays. */
document.querySelector(".adds-up").open = matchMedia("(min-width: 1000px)").matches;

/** The style names tiles by path; MapLibre's worker needs whole addresses. */
const absolute = (url) => ({ url: new URL(url, location.origin).href });

const locale = () => ({
  "NavigationControl.ZoomIn": config.words.zoom_in,
  "NavigationControl.ZoomOut": config.words.zoom_out,
  "FullscreenControl.Enter": config.words.fullscreen,
  "FullscreenControl.Exit": config.words.exit_fullscreen,
  "Popup.Close": config.words.close,
  "CooperativeGesturesHandler.WindowsHelpText": config.words.scroll_help,
  "CooperativeGesturesHandler.MacHelpText": config.words.scroll_help_mac,
  "CooperativeGesturesHandler.MobileHelpText": config.words.touch_help,
});

const drawMap = async (element) => {
  const maplibre = await import(config.maplibre);
  const map = new maplibre.Map({
    container: element,
    style: config.style,
    bounds: config.bounds ?? [73, 18, 135, 54],
    fitBoundsOptions: { padding: { top: 36, bottom: 28, left: 28, right: 44 }, maxZoom: 14 },
    minZoom: 1,
    maxZoom: 18,
    dragRotate: false,
    pitchWithRotate: false,
    touchPitch: false,
    cooperativeGestures: true,
    attributionControl: config.style.sources.basemap ? { compact: true } : false,
    locale: locale(),
    transformRequest: absolute,
  });
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();
  map.addControl(new maplibre.NavigationControl({ showCompass: false }), "top-right");
  map.addControl(new maplibre.FullscreenControl({ container: element.closest(".map-stage") }), "top-right");
  map.addControl(new maplibre.ScaleControl({ maxWidth: 110 }), "bottom-right");

  const legend = document.querySelector(".legend");
  const follow = () => forestLegend(legend, map.getZoom());
  map.on("zoom", follow);
  follow();

  const popups = Object.keys(config.popup.fields);
  const shown = config.style.layers.filter(
    (layer) => popups.includes(layer["source-layer"]) && ["fill", "circle"].includes(layer.type),
  );
  const at = (point) =>
    map.queryRenderedFeatures(
      [[point.x - 4, point.y - 4], [point.x + 4, point.y + 4]],
      { layers: shown.map((layer) => layer.id).filter((id) => map.getLayer(id)) },
    )[0];
  map.on("click", (event) => {
    const feature = at(event.point);
    if (!feature) return;
    new maplibre.Popup({ maxWidth: "280px", offset: 8 })
      .setLngLat(event.lngLat)
      .setDOMContent(forestPopup(feature.sourceLayer, feature.properties, config.popup))
      .addTo(map);
  });
  map.on("mousemove", (event) => {
    map.getCanvas().style.cursor = at(event.point) ? "pointer" : "";
  });
  map.once("idle", () => { element.dataset.state = "ready"; });
  return map;
};

const element = document.getElementById("map");
if (element) {
  if (document.createElement("canvas").getContext("webgl2")) {
    drawMap(element).then(
      (map) => { globalThis.forestMap = map; },
      (error) => {
        element.dataset.state = "failed";
        document.querySelector(".map-state").textContent = config.words.map_failed;
        console.error(error);
      },
    );
  } else {
    location.replace(config.lite);
  }
}

/** Lets each heading marked `data-sort` order the rows by that number, as a real button. */
for (const heading of document.querySelectorAll("th[data-sort]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.append(...heading.childNodes);
  heading.append(button);
  button.addEventListener("click", () => {
    const order = heading.getAttribute("aria-sort") === "descending" ? "ascending" : "descending";
    for (const other of heading.parentElement.children) other.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", order);
    const body = heading.closest("table").tBodies[0];
    const key = heading.dataset.sort;
    const rows = [...body.rows].sort((a, b) => Number(a.dataset[key]) - Number(b.dataset[key]));
    body.append(...(order === "ascending" ? rows : rows.reverse()));
  });
}
