/** The legend of what is in view: its classes with their values, as the colouring and the zoom have it. */
import { make } from "./format.js";

const SVG = "http://www.w3.org/2000/svg";
const DOT_SCALE = 1.6;

const swatch = ({ color, radius_px: radius }) => {
  const svg = document.createElementNS(SVG, "svg");
  for (const [name, value] of Object.entries({ width: 24, height: 24, viewBox: "0 0 24 24", "aria-hidden": "true" })) svg.setAttribute(name, value);
  const mark = document.createElementNS(SVG, radius ? "circle" : "rect");
  const shape = radius ? { cx: 12, cy: 12, r: radius * DOT_SCALE } : { x: 3, y: 5, width: 18, height: 14, rx: 2, class: "swatch" };
  for (const [name, value] of Object.entries({ ...shape, fill: color })) mark.setAttribute(name, value);
  svg.append(mark);
  return svg;
};

const rows = (classes) => make("ul", {}, ...classes.map((each) => make("li", {}, swatch(each), make("span", {}, each.label))));

/** Draw the legend again where it changes: below zoom 11 counties and cells, above it plots. */
export const drawLegend = (root, config, { by }, zoom) => {
  const drawn = `${by} ${zoom < config.plots_from}`;
  if (root.dataset.drawn === drawn) return;
  root.dataset.drawn = drawn;
  const coloring = config.colorings.find((each) => each.name === by);
  const part = make("section", { class: "legend-part" });
  if (zoom < config.plots_from) {
    part.append(make("h3", {}, coloring.counties.title), rows(coloring.counties.classes));
    part.append(
      make("details", { class: "dots-legend" }, make("summary", {}, config.dots.title), rows(config.dots.classes)),
      make("p", {}, config.words.zoom_for_plots),
    );
  } else {
    part.append(make("h3", {}, coloring.plots.title), rows(coloring.plots.classes), make("p", {}, config.words.tap_plot));
  }
  root.replaceChildren(part);
};
