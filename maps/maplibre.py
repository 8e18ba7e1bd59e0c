"""The MapLibre style of our layers: plain JSON, with our own tiles and no font or sprite server."""

from typing import Any

from msgspec.structs import replace

from maps import palettes
from maps.basemaps import DEFAULT, Basemap
from maps.layer import Layer, Part, Scale

FONTS = ["PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC", "sans-serif"]
"""Fonts of the reader's own machine; with no `glyphs` address MapLibre draws every name with them."""

GRATICULE = [
    {
        "id": "graticule",
        "type": "line",
        "source": "graticule",
        "paint": {"line-color": palettes.GRID, "line-width": 1},
    },
    {
        "id": "graticule-degrees",
        "type": "symbol",
        "source": "graticule",
        "layout": {
            "text-field": ["get", "degrees"],
            "text-font": FONTS,
            "text-size": 10,
            "symbol-placement": "line",
            "symbol-spacing": 300,
        },
        "paint": {"text-color": palettes.DEGREES, "text-halo-color": palettes.GROUND, "text-halo-width": 2},
    },
]
"""Lines of longitude and latitude on the bare ground, so that a map without a basemap still says where it is."""

COUNTIES = {
    "id": "counties",
    "type": "fill",
    "source": "regions",
    "source-layer": "regions",
    "maxzoom": 11,
    "filter": ["==", ["get", "level"], "county"],
    "paint": {
        "fill-color": "rgba(0,0,0,0)",
        "fill-opacity": ["interpolate", ["linear"], ["zoom"], 5, 0.88, 8, 0.6, 10.5, 0.2],
    },
}
"""Counties by what is planted in them; the page's script knows how much, and fills in the colours."""

TILES = "/tiles/{layer}/{{z}}/{{x}}/{{y}}.mvt"


def style(
    layers: list[Layer], *, language: str, basemap: Basemap = DEFAULT, query: str = "", with_counties: bool = False
) -> dict[str, Any]:
    """Build the style, bottom layer first.

    Args:
        layers: what to draw, in drawing order.
        language: `zh` or `en`, for the names on the map.
        basemap: the ground underneath.
        query: appended to every tile address, such as `?programme=P1`.
        with_counties: adds a layer `counties` over the land, to be coloured by a script.

    """
    sources: dict[str, Any] = {}
    drawn: list[dict[str, Any]] = [
        {"id": "ground", "type": "background", "paint": {"background-color": basemap.color}}
    ]
    if not basemap.url:
        sources["graticule"] = {"type": "geojson", "data": graticule()}
        drawn += GRATICULE
    else:
        sources["basemap"] = {
            "type": "raster",
            "tiles": [basemap.url],
            "tileSize": 256,
            "maxzoom": basemap.max_zoom,
            "attribution": basemap.attribution,
        }
        drawn.append({"id": "basemap", "type": "raster", "source": "basemap"})
        if basemap.labels_url:
            sources["basemap-labels"] = {**sources["basemap"], "tiles": [basemap.labels_url]}
            drawn.append({"id": "basemap-labels", "type": "raster", "source": "basemap-labels"})
    for layer in layers:
        sources[layer.name] = {
            "type": "vector",
            "tiles": [TILES.format(layer=layer.name) + query],
            "maxzoom": layer.max_data_zoom,
        }
        for part in layer.parts:
            entries = _drawn(layer, part, language, is_over_tiles=bool(basemap.url))
            if with_counties and layer.name == COUNTIES["source"] and part.kind == "fill":
                entries.insert(-1, COUNTIES)
            drawn.extend(entries)
    names = [entry for entry in drawn if entry["type"] == "symbol" and entry not in GRATICULE]
    return {
        "version": 8,
        "sources": sources,
        "layers": [entry for entry in drawn if entry not in names] + names,
    }


def graticule(step_deg: int = 5) -> dict[str, Any]:
    """Make the lines of longitude and latitude every `step_deg` degrees, as GeoJSON with their `degrees`."""
    features = []
    for lon in range(-180, 180, step_deg):
        line = [[lon, lat] for lat in range(-80, 81, 2 * step_deg)]
        features.append(_line(line, f"{abs(lon)}°{'E' if lon >= 0 else 'W'}"))
    for lat in range(-80, 81, step_deg):
        line = [[lon, lat] for lon in range(-180, 181, 2 * step_deg)]
        features.append(_line(line, f"{abs(lat)}°{'N' if lat >= 0 else 'S'}"))
    return {"type": "FeatureCollection", "features": features}


def _line(coordinates: list[list[int]], degrees: str) -> dict[str, Any]:
    return {
        "type": "Feature",
        "properties": {"degrees": degrees},
        "geometry": {"type": "LineString", "coordinates": coordinates},
    }


def _drawn(layer: Layer, part: Part, language: str, is_over_tiles: bool) -> list[dict[str, Any]]:
    """Turn one part into one or two MapLibre layers."""
    base = {
        "id": f"{layer.name}-{part.source_layer}-{part.min_zoom}",
        "source": layer.name,
        "source-layer": part.source_layer,
        "minzoom": part.min_zoom,
        "maxzoom": part.max_zoom,
    }
    if part.levels:
        base["filter"] = ["in", ["get", "level"], ["literal", list(part.levels)]]
    if part.kind == "dots":
        paint = {
            "circle-color": expression(part.color),
            "circle-radius": _growing(part),
            "circle-opacity": part.opacity,
            "circle-stroke-color": part.outline,
            "circle-stroke-width": part.outline_px,
        }
        return [{**base, "type": "circle", "paint": paint}]
    if part.kind == "labels":
        layout = {
            "text-field": ["coalesce", ["get", getattr(part.label, language)], ""],
            "text-font": FONTS,
            "text-size": ["interpolate", ["linear"], ["zoom"], 4, 11, 10, 15],
            "text-max-width": 8,
            "text-padding": 4,
            "text-variable-anchor": ["top", "bottom", "left", "right"],
            "text-radial-offset": 1.4,
            "text-justify": "auto",
        }
        paint = {"text-color": expression(part.color), "text-halo-color": part.halo, "text-halo-width": 1.4}
        return [{**base, "type": "symbol", "layout": layout, "paint": paint}]
    line = {
        **base,
        "id": f"{base['id']}-outline",
        "type": "line",
        "paint": {"line-color": part.outline, "line-width": part.outline_px},
    }
    if is_over_tiles and layer.name == "regions":
        return [line]
    return [
        {
            **base,
            "type": "fill",
            "paint": {
                "fill-color": expression(part.color),
                "fill-opacity": part.opacity,
                "fill-antialias": False,
            },
        },
        line,
    ]


def _growing(part: Part) -> list[Any]:
    """Write a radius that doubles from each whole zoom to just before the next, where the cells split."""
    stops: list[Any] = []
    for zoom in range(part.min_zoom, part.max_zoom):
        stops += [zoom, expression(part.radius_px), zoom + 0.999, expression(part.radius_px, factor=1.999)]
    return ["interpolate", ["exponential", 2], ["zoom"], *stops]


def expression(value: str | float | Scale, factor: float = 1) -> Any:
    """Write a constant or a scale as a MapLibre expression; `factor` enlarges the numbers of a scale."""
    if isinstance(value, Scale) and factor != 1:
        larger = tuple(round(float(v) * factor, 3) for v in value.values)
        value = replace(value, values=larger, missing=round(float(value.missing) * factor, 3))
    if not isinstance(value, Scale):
        return value
    if not value.breaks:
        return ["case", ["has", value.property], value.values[0], value.missing]
    steps: list[Any] = ["step", ["to-number", ["get", value.property]], value.values[0]]
    for limit, entry in zip(value.breaks, value.values[1:], strict=True):
        steps += [limit, entry]
    return ["case", ["has", value.property], steps, value.missing]
