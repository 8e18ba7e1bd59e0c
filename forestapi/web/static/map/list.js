/** What is in view, as a list: the map for whoever reads it with ears or moves by keyboard. */
import { area, make, muOf, number } from "./format.js";

const MOST = 60;

export class InView {
  constructor(root, config, figures) {
    this.root = root;
    this.config = config;
    this.figures = figures;
    this.count = root.querySelector("[role=status]");
    this.list = root.querySelector("ul");
    root.hidden = false;
  }

  /** Write what the map shows; `go(bounds)` moves it to a county. */
  async show(map, state, go) {
    const entries = map.getZoom() < this.config.plots_from ? await this.#counties(map, state, go) : this.#plots(map, state);
    this.count.textContent = number(entries.length, this.config.language);
    const more = entries.length - MOST;
    this.list.replaceChildren(
      ...entries.slice(0, MOST).map((write) => make("li", {}, ...write())),
      ...(more > 0 ? [make("li", { class: "quiet" }, `+ ${number(more, this.config.language)}`)] : []),
    );
  }

  async #counties(map, { to }, go) {
    const view = map.getBounds();
    const areas = await this.figures.areas(to).catch(() => new Map());
    return this.config.counties
      .filter(({ bounds: b }) => b && b[0] <= view.getEast() && b[2] >= view.getWest() && b[1] <= view.getNorth() && b[3] >= view.getSouth())
      .map((county) => ({ county, mu: areas.get(county.code) ?? 0 }))
      .filter(({ mu }) => mu > 0)
      .sort((a, b) => b.mu - a.mu)
      .map(({ county, mu }) => () => {
        const button = make("button", { type: "button" }, county.name);
        button.addEventListener("click", () => go(county.bounds));
        return [button, make("span", {}, area(mu, this.config))];
      });
  }

  #plots(map, state) {
    const layers = this.config.style.layers.filter((layer) => layer["source-layer"] === "plots" && layer.type === "fill");
    const seen = new Map();
    for (const { properties } of map.queryRenderedFeatures({ layers: layers.map(({ id }) => id) })) seen.set(properties.id, properties);
    const { names, words } = this.config.popup;
    return [...seen.values()].sort((a, b) => b.area_mu - a.area_mu).map((plot) => () => {
      const facts = [area(plot.area_mu, this.config), plot.year, names.species[plot.species]];
      if (plot.survival !== undefined) facts.push(`${this.config.words.survival} ${number(100 * plot.survival, this.config.language, 1)} %`);
      const link = make("a", { href: this.config.popup.page.replace("{id}", plot.id) }, `${words.plot} ${plot.number}`);
      return [link, make("span", {}, facts.filter(Boolean).join(" · "))];
    });
  }
}
