/** Shows the legend section of the zoom in view (of 512-pixel tiles) and hides the others. */
globalThis.forestLegend = (root, zoom) => {
  for (const section of root.querySelectorAll(".legend-part")) {
    section.hidden = zoom < Number(section.dataset.minZoom) || zoom >= Number(section.dataset.maxZoom);
  }
};
