/** Our vector tiles on a Leaflet canvas: `forestTiles(layers, language)` makes the layer that folium adds. */
globalThis.forestTiles = (layers, language) => {
  const { CircleSymbolizer, PolygonSymbolizer, OffsetTextSymbolizer, TextPlacements } = protomapsL;

  const evaluate = (value) => {
    if (typeof value !== "object") return () => value;
    return (_zoom, feature) => {
      const number = feature?.props[value.property];
      if (number === undefined || number === null) return value.missing;
      return value.values[value.breaks.filter((limit) => number >= limit).length];
    };
  };

  /** protomaps' polygon fills with its own edge drawn afterwards, so that neighbours stay apart. */
  const symbolizer = (part) => {
    const color = evaluate(part.color);
    if (part.kind === "dots") {
      return new CircleSymbolizer({
        fill: color, radius: evaluate(part.radius_px), opacity: part.opacity,
        stroke: part.outline, width: part.outline_px,
      });
    }
    return new PolygonSymbolizer({
      fill: color, opacity: part.opacity, stroke: part.outline, width: () => part.outline_px, perFeature: true,
    });
  };

  const sources = {};
  const paintRules = [];
  const labelRules = [];
  for (const layer of layers) {
    sources[layer.name] = { url: layer.tiles, maxDataZoom: layer.max_data_zoom, levelDiff: 1 };
    for (const part of layer.parts) {
      const rule = { dataSource: layer.name, dataLayer: part.source_layer };
      if (part.kind === "labels") {
        labelRules.push({
          ...rule,
          minzoom: part.min_zoom + 1, maxzoom: part.max_zoom,
          filter: (_zoom, feature) => !part.levels.length || part.levels.includes(feature.props.level),
          symbolizer: new OffsetTextSymbolizer({
            offsetY: 16, placements: [TextPlacements.S, TextPlacements.N, TextPlacements.E, TextPlacements.W],
            labelProps: [part.label[language]], fill: part.color, stroke: part.halo, width: 2,
            font: "500 12px 'PingFang SC','Microsoft YaHei','Noto Sans CJK SC','Noto Sans SC',sans-serif",
          }),
        });
      } else {
        paintRules.push({ ...rule, symbolizer: symbolizer(part) });
      }
    }
  }
  const layer = protomapsL.leafletLayer({ sources, paintRules, labelRules, attribution: "", maxZoom: 18 });
  // Redrawing a tile of a zoom that has been left makes the library give up the tiles of the new one halfway.
  const redraw = layer.rerenderTile.bind(layer);
  layer.rerenderTile = (key) => {
    if (layer._keyToTileCoords(key).z === layer._tileZoom) redraw(key);
  };
  return layer;
};

/** Opens the popup of the topmost feature that has one, and keeps the legend with the zoom. */
globalThis.forestLite = (map, tiles, config) => {
  forestGraticule(map);
  map.on("click", (event) => {
    const found = [...tiles.queryTileFeaturesDebug(event.latlng.lng, event.latlng.lat, 10).values()].flat();
    for (const { layerName, feature } of found.reverse()) {
      const box = forestPopup(layerName, feature.props, config);
      if (box) {
        L.popup({ maxWidth: 260 }).setLatLng(event.latlng).setContent(box).openOn(map);
        return;
      }
    }
  });
  const legend = document.querySelector(".legend");
  const follow = () => forestLegend(legend, map.getZoom() - 1);
  map.on("zoomend", follow);
  follow();
};
