/** What the server wrote into the page: the reader's language, its words, and what the map stands on. */
export const { language, words, map } = JSON.parse(document.getElementById("config").textContent);
export const $ = (id) => document.getElementById(id);

/** Fills the `{…}` places of a sentence. */
export const say = (key, values = {}) => words[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);

/** Makes an element with properties and children; text stays text. */
export const make = (name, properties = {}, ...children) => {
  const element = document.createElement(name);
  Object.assign(element, properties);
  element.append(...children);
  return element;
};
