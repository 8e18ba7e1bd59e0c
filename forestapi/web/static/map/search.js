/** Search by county and by the beginning of a plot's number: a combobox with a list, all by keyboard. */
import { area, make, muOf } from "./format.js";

const WAIT_MS = 180;
const MOST = 6;

const quoted = (text) => text.replace(/[\\%_]/g, "\\$&").replace(/'/g, "''");

const extent = (geometry) => {
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  const take = (part) => {
    if (typeof part[0] !== "number") { part.forEach(take); return; }
    box[0] = Math.min(box[0], part[0]); box[1] = Math.min(box[1], part[1]);
    box[2] = Math.max(box[2], part[0]); box[3] = Math.max(box[3], part[1]);
  };
  take(geometry.coordinates);
  return box;
};

export class Search {
  #results = [];
  #active = -1;
  #asked = null;
  #timer = null;

  /** `go({ bounds, plot })` shows on the map what was chosen. */
  constructor(root, config, go) {
    this.config = config;
    this.go = go;
    this.input = root.querySelector("input");
    this.list = root.querySelector("ul");
    this.status = root.querySelector("[role=status]");
    root.hidden = false;
    root.addEventListener("submit", (event) => { event.preventDefault(); this.#choose(Math.max(this.#active, 0)); });
    this.input.addEventListener("input", () => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#find(), WAIT_MS);
    });
    this.input.addEventListener("keydown", (event) => this.#key(event));
    this.input.addEventListener("blur", () => this.#close());
    this.list.addEventListener("pointerdown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) this.#choose([...this.list.children].indexOf(option));
    });
  }

  async #find() {
    const text = this.input.value.trim();
    this.#asked?.abort();
    if (!text) { this.#close(); return; }
    const lower = text.toLowerCase();
    const counties = this.config.counties
      .filter(({ names, bounds }) => bounds && Object.values(names).some((name) => name.toLowerCase().includes(lower)))
      .slice(0, MOST)
      .map((county) => ({ kind: this.config.words.county, name: county.name, more: area(muOf(county.credited_m2), this.config), bounds: county.bounds }));
    this.#show(counties);
    const plots = await this.#plots(text);
    if (plots === null || this.input.value.trim() !== text) return;
    this.#show([...counties, ...plots], true);
  }

  /** Ask for plots; null when a newer question has overtaken this one. */
  async #plots(text) {
    if (!this.config.search) return [];
    this.#asked = new AbortController();
    const address = new URL(this.config.search, location.origin);
    const starts = [...new Set([text, text.toUpperCase()])].map((start) => `number LIKE '${quoted(start)}%'`);
    address.searchParams.set("filter", starts.join(" OR "));
    address.searchParams.set("limit", MOST);
    try {
      const answer = await fetch(address, { signal: this.#asked.signal });
      if (!answer.ok) return [];
      return (await answer.json()).items.filter(({ boundary }) => boundary).map((plot) => ({
        kind: this.config.popup.words.plot, name: plot.number, more: area(muOf(plot.area_m2), this.config),
        // a household's ground is not shown on the map: its page says what is public
        href: plot.tenure === "household" ? this.config.popup.page.replace("{id}", plot.id) : null,
        bounds: extent(plot.boundary),
        plot: { ...plot, area_mu: muOf(plot.area_m2), year: plot.planted_on?.slice(0, 4) },
      }));
    } catch (error) {
      return error.name === "AbortError" ? null : [];
    }
  }

  #show(results, isAll = false) {
    this.#results = results;
    this.#active = -1;
    this.list.replaceChildren(
      ...results.map(({ kind, name, more }, index) =>
        make("li", { role: "option", id: `${this.list.id}-${index}`, "aria-selected": "false" },
          make("small", {}, kind), make("b", {}, name), make("span", {}, more))),
    );
    const isOpen = results.length > 0;
    this.list.hidden = !isOpen;
    this.input.setAttribute("aria-expanded", String(isOpen));
    this.input.removeAttribute("aria-activedescendant");
    if (isAll) this.status.textContent = isOpen ? `${results.length} ${this.config.words.found}` : this.config.words.nothing_found;
  }

  #close() {
    clearTimeout(this.#timer);
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
    this.#active = -1;
    this.status.textContent = "";
  }

  #key(event) {
    const count = this.#results.length;
    if (event.key === "Escape") { this.#close(); return; }
    if (!count || this.list.hidden) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const none = step > 0 ? -1 : 0;
    this.#active = ((this.#active < 0 ? none : this.#active) + step + count) % count;
    [...this.list.children].forEach((option, index) => option.setAttribute("aria-selected", String(index === this.#active)));
    const active = this.list.children[this.#active];
    this.input.setAttribute("aria-activedescendant", active.id);
    active.scrollIntoView({ block: "nearest" });
  }

  #choose(index) {
    const chosen = this.#results[index];
    if (!chosen || this.list.hidden) return;
    if (chosen.href) { location.assign(chosen.href); return; }
    this.input.value = chosen.name;
    this.#close();
    this.go(chosen);
  }
}
