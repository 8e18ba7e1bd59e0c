"""The maps as text: legends, colours, styles, and files that open from disk."""

import json
import re
from datetime import UTC, datetime

import folium
import folium.plugins
import geopandas
import numpy as np
import pytest
import shapely

from geo.text import Text
from maps import assets, basemaps, layers, legend, maplibre, palettes
from maps.folium_figure import SiteFigure, UnknownLink
from maps.folium_map import Banner, Names, lite_page, single_file
from maps.layer import Scale, year_classes

LANGUAGES = ("zh", "en")
needs_assets = pytest.mark.skipif(bool(assets.missing()), reason="front-end files are not installed")


def banner(is_synthetic: bool = True) -> Banner:
    return Banner(
        title=Text("演示 <项目>", "Demo <programme>"),
        figure=Text("150 亩", "150 mu"),
        also=Text("10 公顷", "10 hectares"),
        lines=(Text("总面积 160 亩", "Gross 160 mu"),),
        as_of=datetime(2026, 1, 2, 3, 4, tzinfo=UTC),
        is_synthetic=is_synthetic,
    )


def plots(count: int, vertices: int = 8) -> geopandas.GeoDataFrame:
    """Make `count` plots of 1, 2, 3 … mu on a grid in the Tengger, in two counties and none."""
    x, y = 103.0 + 0.01 * (np.arange(count) % 100), 38.0 + 0.01 * (np.arange(count) // 100)
    angle = np.linspace(0, 2 * np.pi, vertices, endpoint=False)
    rings = np.stack([x[:, None] + 0.003 * np.cos(angle), y[:, None] + 0.003 * np.sin(angle)], axis=2)
    return geopandas.GeoDataFrame(
        {
            "number": [f"P{i}</script>" for i in range(count)],
            "programme": "demo",
            "region": [("620621000000", "152921000000", None)[i % 3] for i in range(count)],
            "year": [(2016, None, 2018)[i % 3] for i in range(count)],
            "species": "haloxylon-ammodendron",
            "area_mu": np.arange(count) + 1.0,
            "lifecycle": "planted",
            "is_synthetic": True,
        },
        geometry=shapely.polygons(rings),
        crs=4326,
    )


def regions() -> geopandas.GeoDataFrame:
    return geopandas.GeoDataFrame(
        {"code": ["620621000000"], "name_zh": ["民勤县"], "name_en": ["Minqin County"]},
        geometry=[shapely.box(102.5, 37.5, 104.5, 39.5)],
        crs=4326,
    )


def lab(color: str, matrix: np.ndarray) -> np.ndarray:
    """See an sRGB colour through a matrix of linear RGB, as CIE L*a*b* (D65)."""
    srgb = np.array([int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    linear = np.clip(matrix @ linear, 0, 1)
    to_xyz = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    xyz = np.array(to_xyz) @ linear / [0.9505, 1.0, 1.089]
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


VISIONS = {
    "normal": np.eye(3),
    "deuteranopia": np.array([[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]]),
    "protanopia": np.array([[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]]),
}
"""What each kind of vision makes of linear RGB (Machado, Oliveira and Fernandes 2009, severity 1)."""


@pytest.mark.parametrize("vision", VISIONS)
def test_neighbouring_classes_differ_for_every_kind_of_vision(vision: str) -> None:
    seen = [lab(color, VISIONS[vision]) for color in palettes.SEQUENCE]
    apart = [np.linalg.norm(a - b) for a, b in zip(seen, seen[1:], strict=False)]
    assert min(apart) >= 14
    assert all(a[0] > b[0] for a, b in zip(seen, seen[1:], strict=False)), (
        "lightness falls from class to class"
    )


def test_a_scale_puts_a_break_in_the_class_above_it() -> None:
    scale = Scale("area_ha", (1.0, 10.0), ("a", "b", "c"), "none")
    assert [scale.at(v) for v in (0.5, 1.0, 9.9, 10.0, None)] == ["a", "b", "b", "c", "none"]


@pytest.mark.parametrize(
    ("first", "last", "labels"),
    [
        (2018, 2018, ["2018"]),
        (2016, 2018, ["2016", "2017", "2018"]),
        (2000, 2018, ["2000–2003", "2004–2007", "2008–2011", "2012–2015", "2016–2018"]),
        (None, None, []),
    ],
)
def test_year_classes_cover_the_years_of_the_data(
    first: int | None, last: int | None, labels: list[str]
) -> None:
    scale, classes = year_classes(first, last)
    assert [c.label.en for c in classes] == [*labels, "year not recorded"]
    for year in range(first, last + 1) if first and last else ():
        assert scale.at(year) == classes[sum(year >= limit for limit in scale.breaks)].color


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_layer_makes_a_style_that_names_no_other_host(language: str) -> None:
    drawn = [layer.over_years(2016, 2018) for layer in layers.every().values()]
    style = maplibre.style(drawn, language=language)
    text = json.dumps(style)
    assert "http" not in text and "glyphs" not in style and "sprite" not in style
    ids = [entry["id"] for entry in style["layers"]]
    assert len(ids) == len(set(ids))
    for entry in style["layers"][1:]:
        assert entry["source"] in style["sources"]
    assert style["layers"][-1]["layout"]["text-field"][1] == ["get", f"name_{language}"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_legend_prints_every_break(language: str) -> None:
    drawn = [layer.over_years(2016, 2018) for layer in layers.every().values()]
    html = legend.html(drawn, language)
    for words in ("15–150", "1–10", "150–1,500", "10–100", "1,500–15,000", "2016", "2017", "2018"):
        assert words in html
    assert "style=" not in html, "the content policy allows no inline style"


def test_a_layer_that_answers_a_click_names_its_fields_in_both_languages() -> None:
    for layer in layers.every().values():
        for fields in layer.popup.values():
            assert all(field.title.zh and field.title.en for field in fields)


@pytest.mark.parametrize(
    "url",
    [
        "https://webrd01.is.autonavi.com/appmaptile?x={x}&y={y}&z={z}",
        "https://tiles.example/{z}/{x}.png",
        "javascript:{x}{y}{z}",
        "https://tiles.example/{z}/{x}/{y}.png; script-src *",
    ],
)
def test_a_basemap_that_would_misplace_plots_or_loosen_the_policy_is_refused(url: str) -> None:
    with pytest.raises(basemaps.BasemapError):
        basemaps.from_setting(url)


def test_a_basemap_lies_under_the_data_and_leaves_the_outlines_visible() -> None:
    basemap = basemaps.from_setting("https://tiles.example/{z}/{x}/{y}.png", "Example")
    style = maplibre.style(list(layers.every().values()), language="en", basemap=basemap)
    kinds = [(entry["id"], entry["type"]) for entry in style["layers"]]
    assert kinds[1] == ("basemap", "raster")
    assert ("regions-regions-0", "fill") not in kinds and ("regions-regions-0-outline", "line") in kinds
    assert basemap.origin == "https://tiles.example"


def test_a_link_that_folium_adds_by_itself_is_an_error_never_a_request() -> None:
    figure = SiteFigure(language="en", title=Text("图", "Map"), before="", legend="", is_single_file=False)
    drawn = folium.Map(tiles=None)
    drawn.add_child(folium.plugins.MarkerCluster())
    figure.add_child(drawn)
    with pytest.raises(UnknownLink, match="markercluster"):
        figure.render()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_light_page_asks_only_our_own_addresses(language: str) -> None:
    before = [list(folium.Map.default_js), list(folium.Map.default_css)]
    drawn = [layer.over_years(2016, 2018) for layer in layers.every().values()]
    arguments = {"language": language, "bounds": (100.0, 37.0, 104.0, 40.0), "names": Names()}
    html = lite_page(drawn, banner(), nonce="n0", **arguments)
    assert set(re.findall(r'(?:src|href)="([^"]*)"', html)) == {
        "data:,",
        "/assets/leaflet/leaflet.js",
        "/assets/leaflet/leaflet.css",
        "/assets/protomaps-leaflet/protomaps-leaflet.js",
    }
    assert html == lite_page(drawn, banner(), nonce="n0", **arguments), "the same map is the same bytes"
    assert "Demo &lt;programme&gt;" in html or "演示 &lt;项目&gt;" in html
    assert all('nonce="n0"' in tag for tag in re.findall(r"<(?:script|style)[^>]*>", html))
    assert [list(folium.Map.default_js), list(folium.Map.default_css)] == before, "nothing shared has changed"


@needs_assets
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_single_file_holds_all_it_needs(language: str) -> None:
    html = single_file(plots(60), regions(), banner(), layers.every()["plots"], language=language)
    assert re.findall(r'<(?:script|link)[^>]*(?:src|href)="([^"]*)"', html) == ["data:,"]
    assert "url(images" not in html and "sourceMappingURL" not in html
    assert html.count("</script>") == 2, "a plot's number cannot close the script it stands in"
    assert ("合成演示数据" if language == "zh" else "Synthetic demonstration data") in html
    assert ("民勤县" if language == "zh" else "Minqin County") in html


@needs_assets
def test_what_names_say_is_never_run_as_a_template() -> None:
    frame = plots(3)
    frame["number"] = ["{{ 7 * 191 }}", "{% for i in range(3) %}1337{% endfor %}", "{#{{{7*191}}"]
    names = Names(species={"haloxylon-ammodendron": "{{ 7 * 191 }}"})
    drawn = [layer.over_years(2016, 2018) for layer in layers.every().values()]
    lite = lite_page(drawn, banner(), language="en", bounds=None, names=names, nonce="n")
    file = single_file(frame, regions(), banner(), layers.every()["plots"], language="en", names=names)
    for html, said in ((lite, "{{ 7 * 191 }}"), (file, "{% for i in range(3) %}1337{% endfor %}")):
        assert html.count("1337") == said.count("1337")
        assert said.replace("{{", "\\u007b{").replace("{%", "\\u007b%") in html


@needs_assets
def test_a_single_file_that_cannot_hold_every_plot_says_so_and_counts_them_all() -> None:
    frame = plots(4000, vertices=12)
    html = single_file(frame, None, banner(), layers.every()["plots"], language="en", max_bytes=500_000)
    assert len(html.encode()) <= 500_000
    shown = int(re.search(r"draws the ([\d,]+) largest of 4,000 plots", html)[1].replace(",", ""))
    assert 0 < shown < 4000
    table = json.loads(re.search(r'"table":(\{.*?\}),"regions"', html)[1])
    assert min(table["area_mu"]["values"]) == 4000 - shown + 1, "it is the largest that are drawn"
    circles = json.loads(re.search(r'"circles":(\[.*?\])\}', html)[1])
    assert sum(circle["plots"] for circle in circles) == 4000
    assert sum(circle["area_ha"] for circle in circles) == pytest.approx(frame["area_mu"].sum() / 15)


@needs_assets
def test_an_empty_layer_still_makes_a_file() -> None:
    html = single_file(plots(1).iloc[:0], None, banner(), layers.every()["plots"], language="en")
    assert '"features":[]' in html


def test_a_single_file_wants_longitude_and_latitude() -> None:
    with pytest.raises(ValueError, match="EPSG:4326"):
        single_file(plots(1).to_crs(6933), None, banner(), layers.every()["plots"], language="en")
