/** The map inside one file: plots from inline GeoJSON, circles of whole counties when far away. */
globalThis.forestFile = (map, data, parts, config, isComplete) => {
  const SWITCH_ZOOM = 9;
  const at = (scale, number) => {
    if (typeof scale !== "object") return scale;
    if (number === undefined || number === null) return scale.missing;
    return scale.values[scale.breaks.filter((limit) => number >= limit).length];
  };
  const row = (index) => {
    const properties = {};
    for (const [name, column] of Object.entries(data.table)) {
      const value = column.values[index];
      if (value !== null) properties[name] = column.words ? column.words[value] : value;
    }
    return properties;
  };

  forestGraticule(map);
  const ground = L.geoJSON(data.regions, {
    interactive: false,
    style: { color: "#c9b78f", weight: 1, fillColor: "#f4ecdb", fillOpacity: 1 },
  }).addTo(map);
  ground.bringToBack();

  const plots = L.geoJSON(data.plots, {
    style: (feature) => ({
      color: parts.plots.outline,
      weight: parts.plots.outline_px,
      fillColor: at(parts.plots.color, data.table.year.values[feature.id]),
      fillOpacity: parts.plots.opacity,
    }),
  });
  plots.on("click", (event) => {
    const box = forestPopup("plots", row(event.layer.feature.id), config);
    L.popup({ maxWidth: 260 }).setLatLng(event.latlng).setContent(box).openOn(map);
  });

  const most = Math.max(...data.circles.map((circle) => circle.area_ha));
  const mu = (ha) => new Intl.NumberFormat("en-GB", { maximumFractionDigits: 0 }).format(ha * 15);
  const circles = L.layerGroup();
  const labels = L.layerGroup();
  for (const circle of data.circles) {
    const place = [circle.lat, circle.lon];
    const radius = Math.max(4, 19 * Math.sqrt(circle.area_ha / most));
    const marker = L.circleMarker(place, {
      radius,
      color: parts.circles.outline,
      weight: parts.circles.outline_px,
      fillColor: parts.color,
      fillOpacity: parts.circles.opacity,
    });
    marker.on("click", () => {
      const box = forestPopup("cells", circle, config);
      const heading = document.createElement("strong");
      heading.textContent = circle.name ?? config.words.unassigned;
      box.prepend(heading);
      L.popup({ maxWidth: 260 }).setLatLng(place).setContent(box).openOn(map);
    });
    circles.addLayer(marker);
    const span = document.createElement("span");
    if (circle.name) span.append(circle.name, document.createElement("br"));
    span.style.setProperty("--reach", `${radius}px`);
    span.append(`${mu(circle.area_ha)} ${config.words.mu}`);
    labels.addLayer(L.marker(marker.getLatLng(), {
      interactive: false, keyboard: false,
      icon: L.divIcon({ className: "place", html: span, iconSize: null, iconAnchor: [0, -radius] }),
    }));
  }

  /** Put each name below or above its circle, largest county first; hide those that would lie on something. */
  const thin = () => {
    const corner = map.getContainer().getBoundingClientRect();
    const taken = circles.getLayers().map((marker) => {
      const middle = map.latLngToContainerPoint(marker.getLatLng()).add([corner.left, corner.top]);
      const reach = marker.getRadius();
      const [left, right] = [middle.x - reach, middle.x + reach];
      return { left, right, top: middle.y - reach, bottom: middle.y + reach, of: marker.getLatLng() };
    });
    labels.eachLayer((label) => {
      const element = label.getElement();
      element.hidden = false;
      element.hidden = ![false, true].some((isAbove) => {
        element.classList.toggle("above", isAbove);
        const box = element.firstChild.getBoundingClientRect();
        const isFree = !taken.some((other) => other.of !== label.getLatLng() &&
          box.left < other.right + 4 && other.left < box.right + 4 && box.top < other.bottom && other.top < box.bottom);
        if (isFree) taken.push(box);
        return isFree;
      });
    });
  };

  const legend = document.querySelector(".legend");
  const follow = () => {
    const isClose = map.getZoom() >= SWITCH_ZOOM;
    if (isClose) plots.addTo(map);
    else plots.remove();
    if (!isClose || !isComplete) circles.addTo(map);
    else circles.remove();
    labels.addTo(map);
    thin();
    forestLegend(legend, map.getZoom() - 1);
  };
  map.on("zoomend", follow);
  follow();
};
