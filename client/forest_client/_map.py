"""A frame on a Leaflet map whose every script and style comes from the Forest API itself."""

from collections.abc import Iterable

import folium
import geopandas
from pandas.api.types import is_datetime64_any_dtype

SHOWN = 6
"""Columns at the pointer, where none are named."""


def draw(
    frame: geopandas.GeoDataFrame, url: str, *, tooltip: Iterable[str] | None, tiles: str | None, attribution: str
) -> folium.Map:
    """Draw what has a geometry; an empty frame gives an empty map."""
    page = folium.Map(tiles=None, control_scale=True)
    page.default_js = [("leaflet", f"{url}/assets/leaflet/leaflet.js")]
    page.default_css = [("leaflet_css", f"{url}/assets/leaflet/leaflet.css")]
    if tiles:
        folium.TileLayer(tiles, attr=attribution or tiles).add_to(page)
    drawn = frame[~(frame.geometry.isna() | frame.geometry.is_empty)].to_crs("EPSG:4326")
    if drawn.empty:
        return page
    others = [name for name in drawn.columns if name != drawn.geometry.name]
    names = list(tooltip) if tooltip is not None else others[:SHOWN]
    shown = drawn[[*names, drawn.geometry.name]].copy()
    for name in names:
        if is_datetime64_any_dtype(shown[name]):
            shown[name] = shown[name].dt.strftime("%Y-%m-%d")
    shown.attrs = {}
    folium.GeoJson(
        shown,
        marker=folium.CircleMarker(radius=5, weight=1, fill=True),
        style_function=lambda _: {"color": "#1b7837", "weight": 1.5, "fillOpacity": 0.35},
        tooltip=folium.GeoJsonTooltip(names) if names else None,
    ).add_to(page)
    west, south, east, north = drawn.total_bounds.tolist()
    page.fit_bounds([[south, west], [north, east]])
    return page
