/** What is planted in each county: from the page at first, and from the statistics once a year or a kind is asked for. */
import { muOf } from "./format.js";

export class Figures {
  #answers = new Map();

  constructor(config) {
    this.config = config;
  }

  /** Fetch the rows of one of the page's statistics, once. */
  rows(name) {
    if (!this.#answers.has(name)) {
      const asked = fetch(this.config.figures[name]).then((answer) => {
        if (!answer.ok) throw new Error(`${answer.status} for ${name}`);
        return answer.json().then(({ rows }) => rows);
      });
      asked.catch(() => this.#answers.delete(name));
      this.#answers.set(name, asked);
    }
    return this.#answers.get(name);
  }

  /** Planted mu of each county, up to a year. Credited ground adds up, so this is what was new by then. */
  async areas(to) {
    if (to === null) return new Map(this.config.counties.map((county) => [county.code, muOf(county.credited_m2)]));
    const sums = new Map();
    for (const row of await this.rows("year")) {
      if (row.year === null || row.year > to) continue;
      sums.set(row.region ?? "", (sums.get(row.region ?? "") ?? 0) + muOf(row.credited_m2));
    }
    return sums;
  }

  /** The kind (species, programme, year) with most ground in each county, up to a year. */
  async most(by, to) {
    const sums = new Map();
    for (const row of await this.rows(by)) {
      if (row[by] === null || (to !== null && (row.year === null || row.year > to))) continue;
      const county = sums.get(row.region ?? "") ?? new Map();
      county.set(row[by], (county.get(row[by]) ?? 0) + row.credited_m2);
      sums.set(row.region ?? "", county);
    }
    return new Map(
      [...sums].map(([code, kinds]) => [code, [...kinds].reduce((best, kind) => (kind[1] > best[1] ? kind : best))[0]]),
    );
  }

  /** Survival after the first season of each county, 0 to 1. */
  async survival() {
    return new Map((await this.rows("survival")).map((row) => [row.region ?? "", row.rate]));
  }
}
