/** The address of what is seen: `#map=zoom/latitude/longitude&by=colouring&to=year`, and a button that copies it. */

/** Read the part of an address after `#`; what is not understood is left out. */
export const readHash = (hash, config) => {
  const found = new URLSearchParams(hash.replace(/^#/, ""));
  const [zoom, lat, lon] = (found.get("map") ?? "").split("/").map(Number);
  const isView = [zoom, lat, lon].every(Number.isFinite) && found.get("map") !== "" && Math.abs(lat) <= 85 && Math.abs(lon) <= 180;
  const to = Number(found.get("to") ?? NaN);
  const { first, last } = config.years ?? {};
  return {
    view: isView ? { zoom, center: [lon, lat] } : null,
    by: config.colorings.some(({ name }) => name === found.get("by")) ? found.get("by") : config.colorings[0].name,
    to: to >= first && to < last ? to : null,
  };
};

export const writeHash = (map, state, config) => {
  const { lng, lat } = map.getCenter();
  const parts = [`map=${map.getZoom().toFixed(2)}/${lat.toFixed(5)}/${lng.toFixed(5)}`];
  if (state.by !== config.colorings[0].name) parts.push(`by=${state.by}`);
  if (state.to !== null) parts.push(`to=${state.to}`);
  return `#${parts.join("&")}`;
};

const copy = async (text) => {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false; // no clipboard without HTTPS, or the reader forbids it
  }
};

/** Wire the button: it copies the address, with the language, or shows it where copying is not allowed. */
export const share = (root, config) => {
  const [button, field, status] = [root.querySelector("button"), root.querySelector("input"), root.querySelector("[role=status]")];
  root.hidden = false;
  button.addEventListener("click", async () => {
    const address = new URL(location.href);
    address.searchParams.set("lang", config.language);
    if (await copy(address.href)) {
      status.textContent = config.words.copied;
      return;
    }
    field.hidden = false;
    field.value = address.href;
    field.focus();
    field.select();
    status.textContent = config.words.copy_yourself;
  });
};
