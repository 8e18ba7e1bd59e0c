"""Everything that the scripts of the public map are told, as one document: a published copy of the site changes
nothing else.

Addresses in it: the style's tiles, `maplibre`, `lite`, `figures` (statistics as JSON), `search` (plots as JSON, to
which `filter` and `limit` are added; null where nobody answers), `popup.page` (a plot's page).
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from msgspec.structs import replace

from forestapi.services.headline import Headline
from forestapi.services.public_map import Ground, programmes_of
from geo.text import Text
from maps import assets, colorings, maplibre, palettes
from maps.basemaps import Basemap
from maps.folium_map import Names, popup_config
from maps.layer import Layer

M2_PER_MU = 2000 / 3
PLOTS_FROM = 11
"""The zoom from which plots are drawn, of 512-pixel tiles (`maps.layers.plots`)."""
WORDS = (
    "map", "map_failed", "zoom_in", "zoom_out", "fullscreen", "exit_fullscreen", "close", "scroll_help", "scroll_help_mac",
    "touch_help", "my_place", "no_place", "play", "pause", "planted_span", "planted_span_area", "county", "found", "nothing_found",
    "survival", "zoom_for_plots", "tap_plot", "copied", "copy_yourself", "basemap_failed", "tiles_failed", "figures_failed",
)  # fmt: skip


def build(
    facts: Headline, ground: Ground, layers: list[Layer], *, language: str, say: Mapping[str, str], basemap: Basemap, lite: str, lang: str | None
) -> dict[str, Any]:
    """Gather it for a reader: `say` is the page's words in `language`, `lang` what the address asked for."""
    kept = programmes_of(facts)
    names = f"name_{language}"
    years = (facts.first_year, facts.last_year) if facts.first_year and facts.last_year else None
    drawn = [_with_ink_dots(layer) for layer in layers]
    popup = popup_config(drawn, language, names_of(facts, ground, language))
    return {
        "language": language,
        "maplibre": assets.url("maplibre"),
        "lite": lite,
        "style": maplibre.style(
            drawn, language=language, basemap=basemap, query=f"?programme={quote(kept)}" if kept else "", with_counties=True
        ),
        "bounds": facts.bounds,
        "plots_from": PLOTS_FROM,
        "years": {"first": years[0], "last": years[1]} if years else None,
        "colorings": colorings.build(
            language=language,
            years=years,
            species=[(code, ground.names[code]) for code in ground.species if code in ground.names],
            programmes=[(p["code"], Text(p["name_zh"], p["name_en"])) for p in facts.programmes if p["code"] in facts.chosen],
            counties_mu=[county.credited_m2 / M2_PER_MU for county in facts.counties],
        ),
        "dots": _dots(drawn, language),
        "counties": [
            {
                "code": county.code,
                "name": getattr(county, names),
                "names": {"zh": county.name_zh, "en": county.name_en},
                "credited_m2": county.credited_m2,
                "bounds": ground.bounds.get(county.code),
            }
            for county in facts.counties
        ],
        "figures": ground.figures,
        "search": "/api/v1/plots" + (f"?{urlencode({'programme': kept})}" if kept else ""),
        "popup": popup | {"page": "/plots/{id}" + (f"?lang={language}" if lang else "")},
        "words": {key: say[key] for key in WORDS},
    }


def names_of(facts: Headline, ground: Ground, language: str) -> Names:
    """Give the names of the codes that a popup may show."""
    name = f"name_{language}"
    return Names(
        region={county.code: getattr(county, name) for county in facts.counties},
        species={code: getattr(text, language) for code, text in ground.names.items()},
        programme={record["code"]: record[name] for record in facts.programmes},
    )


def _with_ink_dots(layer: Layer) -> Layer:
    """Draw the dots of cells in one dark colour: the colours are the counties' here, and size says how much."""
    return replace(
        layer,
        parts=tuple(
            replace(part, color=palettes.SEQUENCE[-1], outline=palettes.EDGE, outline_px=0.7) if part.kind == "dots" else part
            for part in layer.parts
        ),
    )


def _dots(layers: list[Layer], language: str) -> dict[str, Any]:
    part = next(part for layer in layers for part in layer.parts if part.kind == "dots")
    assert part.legend is not None
    return {
        "title": getattr(part.legend.title, language),
        "classes": [
            {"label": getattr(each.label, language), "color": palettes.SEQUENCE[-1], "radius_px": each.radius_px}
            for each in part.legend.classes
        ],
    }
