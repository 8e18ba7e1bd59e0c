/** The box that opens on a feature, the same on every map. Values become text nodes, never markup. */
globalThis.forestPopup = (() => {
  const number = (value, language, digits = 0) =>
    new Intl.NumberFormat(language === "zh" ? "zh-CN" : "en-GB", { maximumFractionDigits: digits }).format(value);

  const area = (mu, config) =>
    `${number(mu, config.language, 1)} ${config.words.mu} (${number(mu / 15, config.language, 2)} ${config.words.ha})`;

  const write = {
    text: (value) => String(value),
    count: (value, config) => number(value, config.language),
    area_mu: (value, config) => area(Number(value), config),
    area_ha: (value, config) => area(Number(value) * 15, config),
    region: (value, config) => config.names.region[value] ?? String(value),
    species: (value, config) => config.names.species[value] ?? String(value),
    programme: (value, config) => config.names.programme[value] ?? String(value),
    share: (value, config) => `${number(100 * Number(value), config.language, 1)} %`,
    lifecycle: (value, config) => config.words.lifecycle[value] ?? String(value),
    synthetic: (value, config) => (value === true || value === "true" ? config.words.synthetic : null),
  };

  /** Build the box for one feature of a source layer, or null where the layer shows none. */
  return function forestPopup(sourceLayer, properties, config) {
    const fields = config.fields[sourceLayer];
    if (!fields) return null;
    const box = document.createElement("div");
    box.className = "popup";
    if (properties.number) {
      const heading = document.createElement("strong");
      heading.textContent = `${config.words.plot} ${properties.number}`;
      box.append(heading);
    }
    const list = document.createElement("dl");
    for (const field of fields) {
      const value = properties[field.property];
      if (value === undefined || value === null || value === "") continue;
      const words = write[field.kind](value, config);
      if (words === null) continue;
      const term = document.createElement("dt");
      const definition = document.createElement("dd");
      term.textContent = field.title;
      definition.textContent = words;
      list.append(term, definition);
    }
    box.append(list);
    if (config.page && properties.id) {
      const link = document.createElement("a");
      link.className = "more";
      link.href = config.page.replace("{id}", properties.id);
      link.textContent = config.words.more;
      box.append(link);
    }
    return box;
  };
})();
