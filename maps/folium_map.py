"""The two folium maps: a light page over our tiles without WebGL, and one file that opens from disk."""

import json
from datetime import datetime
from html import escape
from typing import Any

import folium
import msgspec
from folium.template import Template
from geopandas import GeoDataFrame
from msgspec import Struct

from geo.text import Text
from maps import assets, legend, single_file_data
from maps.folium_figure import CLIENT, Script, SiteFigure, inert, new_map
from maps.layer import Layer

WORDS = {
    "zh": {
        "mu": "亩",
        "ha": "公顷",
        "plot": "小班",
        "plots": "个小班",
        "more": "小班档案 →",
        "synthetic": "合成演示数据",
        "no_forest": "合成演示数据，不代表真实造林。",
        "as_of": "数据截至",
        "unassigned": "未归入县域",
        "lifecycle": {
            "planned": "计划",
            "planted": "已种植",
            "checked": "已检查",
            "accepted": "已验收",
            "preserved": "已保存",
            "failed": "失败",
        },
    },
    "en": {
        "mu": "mu",
        "ha": "ha",
        "plot": "Plot",
        "plots": "plots",
        "more": "All about this plot →",
        "synthetic": "synthetic demonstration data",
        "no_forest": "Synthetic demonstration data: no real forest.",
        "as_of": "As of",
        "unassigned": "No county",
        "lifecycle": {
            "planned": "planned",
            "planted": "planted",
            "checked": "checked",
            "accepted": "accepted",
            "preserved": "preserved",
            "failed": "failed",
        },
    },
}
"""The words that the maps' own scripts need."""


class Names(Struct, frozen=True):
    """Names by code, in one language, for what tiles and tables hold as codes."""

    region: dict[str, str] = {}
    species: dict[str, str] = {}
    programme: dict[str, str] = {}


class Banner(Struct, frozen=True, kw_only=True):
    """What stands above a map: the figure it proves, and how far to trust it."""

    title: Text
    figure: Text
    """The headline in mu, such as `760,000 mu`."""
    also: Text
    """The same in hectares."""
    lines: tuple[Text, ...] = ()
    as_of: datetime
    is_synthetic: bool = False
    links: tuple[tuple[str, Text], ...] = ()
    """Addresses and words of links to other pages; a file that opens from disk has none."""


def popup_config(layers: list[Layer], language: str, names: Names) -> dict[str, Any]:
    """Gather what the popup script needs: fields by source layer, words, and names by code."""
    fields = {
        source_layer: [
            {"property": field.property, "title": getattr(field.title, language), "kind": field.kind}
            for field in shown
        ]
        for layer in layers
        for source_layer, shown in layer.popup.items()
    }
    return {
        "language": language,
        "fields": fields,
        "words": WORDS[language],
        "names": msgspec.to_builtins(names),
    }


class TileLayers(folium.elements.JSCSSMixin, folium.map.Layer):
    """Our vector tiles on a Leaflet canvas by protomaps-leaflet, with popups and a legend that follows."""

    default_js = [("protomaps", assets.url("protomaps"))]

    def __init__(self, layers: list[Layer], config: dict[str, Any], query: str) -> None:
        """Draw `layers`, with `config` from `popup_config` and `query` after every tile address."""
        super().__init__(name="tiles", control=False)
        self._name = "TileLayers"
        self._id = "forest"
        self.config = config
        self.layers = [
            {**msgspec.to_builtins(layer), "tiles": f"/tiles/{layer.name}/{{z}}/{{x}}/{{y}}.mvt{query}"}
            for layer in layers
        ]
        self._template = Template(
            """
            {% macro script(this, kwargs) %}
            var {{ this.get_name() }} = forestTiles(
                {{ this.json(this.layers) }}, {{ this.json(this.config.language) }}
            );
            {{ this.get_name() }}.addTo({{ this._parent.get_name() }});
            forestLite({{ this._parent.get_name() }}, {{ this.get_name() }}, {{ this.json(this.config) }});
            {% endmacro %}
            """
        )

    def json(self, value: Any) -> str:
        """Write JSON that may stand in a script which is rendered as a template once more."""
        return inert(_json(value))


def lite_page(
    layers: list[Layer],
    banner: Banner,
    *,
    language: str,
    bounds: tuple[float, float, float, float] | None,
    names: Names,
    nonce: str,
    query: str = "",
) -> str:
    """Write the light map: Leaflet and canvas tiles, every link to our own `/assets/`.

    Args:
        layers: what to draw, in drawing order.
        banner: what stands above the map.
        language: `zh` or `en`.
        bounds: west, south, east, north in degrees (EPSG:4326).
        names: what the codes in a popup stand for.
        nonce: the content policy's nonce for our inline scripts and styles.
        query: appended to every tile address, such as `?programme=P1`.

    Raises:
        UnknownLink: folium asks for a front-end file that is not ours.

    """
    figure = SiteFigure(
        language=language,
        title=banner.title,
        before=_head(banner, language),
        legend=legend.html(layers, language),
        is_single_file=False,
        nonce=nonce,
    )
    figure.scripts = _scripts("popup.js", "legend.js", "graticule.js", "leaflet_tiles.js")
    drawn = new_map(bounds)
    drawn.add_child(TileLayers(layers, popup_config(layers, language, names), query))
    figure.add_child(drawn)
    return figure.render()


def single_file(
    frame: GeoDataFrame,
    regions: GeoDataFrame | None,
    banner: Banner,
    layer: Layer,
    *,
    language: str,
    names: Names | None = None,
    max_bytes: int = 5_000_000,
) -> str:
    """Write a map of plots as one HTML file that opens from disk and asks no host for anything.

    Boundaries are simplified as far as the size allows. Where even that is too much, the largest plots are
    drawn and every plot is counted in the circles; the page says so in words.

    Args:
        frame: plots in EPSG:4326 with `number, programme, region, year, species, area_mu, lifecycle,
            is_synthetic`, one row for each.
        regions: outlines in EPSG:4326 with `code, name_zh, name_en`, or None.
        banner: what stands above the map.
        layer: how plots look (`maps.layers`, name `plots`).
        language: `zh` or `en`.
        names: what the codes of species and programmes stand for; regions are named by `regions`.
        max_bytes: what the whole file may hold.

    Raises:
        ValueError: the frame is not in EPSG:4326.
        AssetMissing: a front-end file is not installed.

    """
    if frame.crs is None or frame.crs.to_epsg() != 4326:
        raise ValueError("plots must be in EPSG:4326")
    years = frame["year"].dropna()
    part = next(part for part in layer.parts if part.source_layer == "plots")
    layer = layer.over_years(int(years.min()), int(years.max())) if len(years) else layer
    part = next(part for part in layer.parts if part.source_layer == "plots")
    dots = next(part for part in layer.parts if part.source_layer == "cells")
    code = _scripts("popup.js", "legend.js", "graticule.js", "leaflet_file.js")
    fixed = sum(len(text.encode()) for text in code) + sum(
        assets.path(name).stat().st_size for name in ("leaflet", "leaflet_css")
    )
    data = single_file_data.build(frame, regions, language=language, max_bytes=max_bytes - fixed - 40_000)
    names = msgspec.structs.replace(names or Names(), region=data.region_names)
    config = popup_config([layer], language, names)
    lines = (*banner.lines, data.sentence) if data.sentence else banner.lines
    figure = SiteFigure(
        language=language,
        title=banner.title,
        before=_head(msgspec.structs.replace(banner, lines=lines, links=()), language),
        legend=legend.html([single_file_data.with_zooms(layer)], language),
        is_single_file=True,
    )
    figure.scripts = code
    drawn = new_map(data.bounds)
    content = ",".join(f'"{name}":{getattr(data, name)}' for name in ("plots", "table", "regions", "circles"))
    looks = _json(
        {
            "plots": msgspec.to_builtins(part),
            "circles": msgspec.to_builtins(dots),
            "color": single_file_data.CIRCLE,
        }
    )
    complete = json.dumps(data.is_complete)
    drawn.add_child(
        Script(f"forestFile({{{{ map }}}}, {{{content}}}, {looks}, {_json(config)}, {complete});")
    )
    figure.add_child(drawn)
    return figure.render()


def _json(value: Any) -> str:
    """Write JSON that may stand in a script."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def _scripts(*names: str) -> list[str]:
    return [(CLIENT / name).read_text() for name in names]


def _head(banner: Banner, language: str) -> str:
    """Write what stands above the map."""
    as_of = WORDS[language]["as_of"]
    flag = (
        f'<p class="synthetic" role="note">{WORDS[language]["no_forest"]}</p>' if banner.is_synthetic else ""
    )
    lines = "".join(f"<p>{escape(getattr(line, language))}</p>" for line in banner.lines)
    links = "".join(
        f'<a href="{escape(to)}">{escape(getattr(words, language))}</a>' for to, words in banner.links
    )
    return (
        f'{flag}<header class="banner"><div><h1>{escape(getattr(banner.title, language))}</h1>'
        f'<p class="figure">{escape(getattr(banner.figure, language))}'
        f" <small>{escape(getattr(banner.also, language))}</small></p></div>"
        f'<div class="about">{lines}<p>{as_of} <time>{banner.as_of:%Y-%m-%d %H:%M} {banner.as_of:%Z}</time></p>'
        f"<nav>{links}</nav></div></header>"
    )
