/** Lines of longitude and latitude under everything else, so that a map without a basemap says where it is. */
globalThis.forestGraticule = (map, stepDeg = 5) => {
  map.createPane("graticule").style.zIndex = 150;
  const style = {
    pane: "graticule", renderer: L.svg({ pane: "graticule", padding: 0.5 }), interactive: false,
    color: "#d6c59b", weight: 1,
  };
  for (let lon = -180; lon <= 180; lon += stepDeg) L.polyline([[-80, lon], [80, lon]], style).addTo(map);
  for (let lat = -80; lat <= 80; lat += stepDeg) L.polyline([[lat, -180], [lat, 180]], style).addTo(map);
};
