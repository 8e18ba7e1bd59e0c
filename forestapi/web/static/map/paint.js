/** Turns what the reader has chosen into paint and filters of the map's layers. */
const NOTHING = "rgba(0,0,0,0)";
const PLOTS = "plots";

const replaced = (expression, from, to) => {
  if (!Array.isArray(expression)) return expression;
  if (JSON.stringify(expression) === from) return to;
  return expression.map((part) => replaced(part, from, to));
};

const classOf = (value, breaks) => breaks.filter((limit) => value >= limit).length;

export class Paint {
  /** `style` is what the map is made from; until `use` is called, changes are written into it. */
  constructor(config, figures) {
    this.config = config;
    this.figures = figures;
    this.layers = config.style.layers;
    this.cells = this.layers.find((layer) => layer["source-layer"] === "cells");
    this.radius = this.cells?.paint["circle-radius"];
  }

  /** Write everything that needs no figure into the style, before the map is made of it. */
  prepare(state) {
    for (const [id, change] of this.#changes(state)) {
      const layer = this.layers.find((each) => each.id === id);
      Object.assign(layer.paint, change.paint);
      if (change.filter) layer.filter = change.filter;
    }
  }

  apply(map, state) {
    for (const [id, change] of this.#changes(state)) {
      for (const [name, value] of Object.entries(change.paint)) map.setPaintProperty(id, name, value);
      if ("filter" in change) map.setFilter(id, change.filter);
    }
  }

  *#changes({ by, to }) {
    const { plots } = this.config.colorings.find((each) => each.name === by);
    for (const layer of this.layers) {
      if (layer["source-layer"] !== PLOTS) continue;
      const filter = to === null ? null : ["all", ["has", "year"], ["<=", ["get", "year"], to]];
      yield [layer.id, { paint: layer.type === "fill" ? { "fill-color": plots.paint } : {}, filter }];
    }
    if (!this.cells) return;
    const sum = ["coalesce", this.#sum("a", to), 0];
    const radius = to === null ? this.radius : replaced(this.radius, '["get","area_ha"]', sum);
    yield [this.cells.id, { paint: { "circle-radius": radius }, filter: to === null ? null : [">", sum, 0] }];
  }

  #sum(letter, to) {
    const years = [];
    for (let year = this.config.years.first; year <= (to ?? this.config.years.last); year += 1) years.push(year);
    return ["+", 0, ...years.map((year) => ["coalesce", ["get", `${letter}${year}`], 0])];
  }

  /** What a cell holds up to the year that is shown. */
  cellAt(properties, to) {
    if (to === null) return properties;
    const total = (letter) =>
      Object.entries(properties).reduce(
        (sum, [name, value]) => (name[0] === letter && Number(name.slice(1)) <= to ? sum + value : sum),
        0,
      );
    return { ...properties, plots: total("n"), area_ha: total("a") };
  }

  /** Find the colour of each county; `codes` become an expression. */
  async counties({ by, to }) {
    const { counties } = this.config.colorings.find((each) => each.name === by);
    const found = new Map();
    const put = (code, color) => found.set(color, [...(found.get(color) ?? []), code]);
    if (counties.kind === "area") {
      for (const [code, mu] of await this.figures.areas(to)) {
        if (mu > 0) put(code, counties.colors[classOf(mu, counties.breaks)]);
      }
    } else if (counties.kind === "rate") {
      for (const [code, rate] of await this.figures.survival()) put(code, counties.colors[classOf(rate, counties.breaks)]);
    } else {
      for (const [code, kind] of await this.figures.most(counties.by, to)) {
        put(code, counties.kinds ? (counties.kinds[kind] ?? counties.other) : counties.colors[classOf(kind, counties.breaks)]);
      }
    }
    const pairs = [...found].flatMap(([color, codes]) => [codes, color]);
    return pairs.length ? ["match", ["get", "code"], ...pairs, NOTHING] : NOTHING;
  }
}
