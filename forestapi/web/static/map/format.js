/** Numbers and areas as the page writes them, in the reader's language. */
export const number = (value, language, digits = 0) =>
  new Intl.NumberFormat(language === "zh" ? "zh-CN" : "en-GB", {
    maximumFractionDigits: digits,
    minimumFractionDigits: digits,
  }).format(value);

/** Mu and hectares, always together; `mu` is 2000/3 m². */
export const area = (mu, { language, popup: { words } }) =>
  `${number(mu, language, mu < 100 ? 1 : 0)} ${words.mu} (${number(mu / 15, language, mu < 1500 ? 1 : 0)} ${words.ha})`;

export const muOf = (m2) => (m2 * 3) / 2000;

/** Put values into the `{…}` places of a sentence. */
export const fill = (words, values) => words.replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);

/** Make an element; strings become text, never markup. */
export const make = (tag, attributes = {}, ...children) => {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children);
  return element;
};
