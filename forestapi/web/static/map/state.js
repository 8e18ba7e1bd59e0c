/** What the reader has chosen: the colouring, the last year of planting (null: all), and who wants to know. */
export class State {
  #listeners = [];

  constructor({ by, to }) {
    this.by = by;
    this.to = to;
  }

  /** Call `listener` after every change. */
  watch(listener) {
    this.#listeners.push(listener);
  }

  set(change) {
    Object.assign(this, change);
    for (const listener of this.#listeners) listener(this);
  }
}
