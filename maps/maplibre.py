"""The MapLibre style of our layers: plain JSON, with our own tiles and no font or sprite server."""

from typing import Any

from maps.basemaps import DEFAULT, Basemap
from maps.layer import Layer, Part, Scale

FONTS = ["PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC", "sans-serif"]
"""Fonts of the reader's own machine; with no `glyphs` address MapLibre draws every name with them."""

TILES = "/tiles/{layer}/{{z}}/{{x}}/{{y}}.mvt"


def style(
    layers: list[Layer], *, language: str, basemap: Basemap = DEFAULT, query: str = ""
) -> dict[str, Any]:
    """Build the style, bottom layer first.

    Args:
        layers: what to draw, in drawing order.
        language: `zh` or `en`, for the names on the map.
        basemap: the ground underneath.
        query: appended to every tile address, such as `?programme=P1`.

    """
    sources: dict[str, Any] = {}
    drawn: list[dict[str, Any]] = [
        {"id": "ground", "type": "background", "paint": {"background-color": basemap.color}}
    ]
    if basemap.url:
        sources["basemap"] = {
            "type": "raster",
            "tiles": [basemap.url],
            "tileSize": 256,
            "maxzoom": basemap.max_zoom,
            "attribution": basemap.attribution,
        }
        drawn.append({"id": "basemap", "type": "raster", "source": "basemap"})
    for layer in layers:
        sources[layer.name] = {
            "type": "vector",
            "tiles": [TILES.format(layer=layer.name) + query],
            "maxzoom": layer.max_data_zoom,
        }
        for part in layer.parts:
            drawn.extend(_drawn(layer, part, language, is_over_tiles=bool(basemap.url)))
    labels = [entry for entry in drawn if entry["type"] == "symbol"]
    return {
        "version": 8,
        "sources": sources,
        "layers": [entry for entry in drawn if entry["type"] != "symbol"] + labels,
    }


def _drawn(layer: Layer, part: Part, language: str, is_over_tiles: bool) -> list[dict[str, Any]]:
    """Turn one part into one or two MapLibre layers."""
    base = {
        "id": f"{layer.name}-{part.source_layer}",
        "source": layer.name,
        "source-layer": part.source_layer,
        "minzoom": part.min_zoom,
        "maxzoom": part.max_zoom,
    }
    if part.kind == "dots":
        paint = {
            "circle-color": _value(part.color),
            "circle-radius": _value(part.radius_px),
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
            "text-padding": 6,
        }
        paint = {"text-color": _value(part.color), "text-halo-color": part.halo, "text-halo-width": 1.4}
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
                "fill-color": _value(part.color),
                "fill-opacity": part.opacity,
                "fill-antialias": False,
            },
        },
        line,
    ]


def _value(value: str | float | Scale) -> Any:
    """Write a constant or a scale as a MapLibre expression."""
    if not isinstance(value, Scale):
        return value
    if not value.breaks:
        return ["case", ["has", value.property], value.values[0], value.missing]
    steps: list[Any] = ["step", ["to-number", ["get", value.property]], value.values[0]]
    for limit, entry in zip(value.breaks, value.values[1:], strict=True):
        steps += [limit, entry]
    return ["case", ["has", value.property], steps, value.missing]
