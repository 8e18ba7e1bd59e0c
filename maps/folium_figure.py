"""A folium figure whose every link is ours: to `/assets/` on a site, inlined in a file that opens from disk.

folium's own figure links content networks by name. Here the map is put in a figure of our own, which rewrites
each link once the children have rendered; a link that this table does not know is an error, never a request.
"""

import re
from html import escape
from pathlib import Path

import branca.element
import folium
from folium.template import Template

from geo.text import Text
from maps import assets

CLIENT = Path(__file__).parent / "client"
"""Our own scripts and style sheet of the folium pages."""

LINKS = {
    "leaflet": "leaflet",
    "leaflet_css": "leaflet_css",
    "protomaps": "protomaps",
}
"""Links that are kept: folium's name of each, and our asset."""

DROPPED = {
    "jquery",
    "bootstrap",
    "bootstrap_css",
    "awesome_markers",
    "awesome_markers_css",
    "awesome_markers_font_css",
    "awesome_rotate_css",
    "glyphicons_css",
    "meta_http",
}
"""What folium brings for its marker icons, which our maps do not use."""


class UnknownLink(LookupError):
    """folium wants a front-end file that is not among ours; the message names it."""


def inert(code: str) -> str:
    """Keep what names and numbers of plots say from being read as a template: branca renders every script as one.

    In JSON, `{` before `{`, `%` or `#` is only ever within a string, where it may be written as an escape.
    """
    return re.sub(r"\{(?=[{%#])", r"\\u007b", code)


class Script(folium.elements.MacroElement):
    """JavaScript that runs once the map exists; `{{ map }}` in it is the map's variable."""

    def __init__(self, code: str) -> None:
        """Run `code` after the map is made."""
        super().__init__()
        self._name = "Script"
        self.code = code
        self._template = Template("{% macro script(this, kwargs) %}{{ this.source() }}{% endmacro %}")

    def source(self) -> str:
        """Write the code with the map's variable filled in."""
        assert self._parent is not None, "add it to a map first"
        return inert(self.code.replace("{{ map }}", self._parent.get_name()))


class SiteFigure(branca.element.Figure):
    """A complete page around one folium map: our head, the words above and below, the legend, the map."""

    def __init__(
        self, *, language: str, title: Text, before: str, legend: str, is_single_file: bool, nonce: str = ""
    ) -> None:
        """Frame a map with `before` (HTML) above it and `legend` (HTML) beside it."""
        super().__init__()
        self.language = language
        self.page_title = escape(getattr(title, language))
        self.before = before
        self.legend = legend
        self.is_single_file = is_single_file
        self.nonce = nonce
        self.scripts: list[str] = []
        self._template = Template(PAGE)

    @property
    def style(self) -> str:
        """The style sheet of the folium pages."""
        return (CLIENT / "folium.css").read_text()

    def render(self, **kwargs: object) -> str:
        """Write the page.

        Raises:
            UnknownLink: a child brought a link that `LINKS` does not know.
            AssetMissing: a front-end file is not installed.

        """
        for child in list(self._children.values()):
            child.render(**kwargs)
        head = []
        for name, element in self.header._children.items():
            if isinstance(element, branca.element.Link):
                if name in LINKS:
                    head.append(self._link(LINKS[name], isinstance(element, branca.element.CssLink)))
                elif name not in DROPPED:
                    raise UnknownLink(f"folium asks for {name!r} ({element.url}), not one of our assets")
        html = self._template.render(this=self, head="\n".join(head), kwargs=kwargs)
        attribute = f' nonce="{self.nonce}"' if self.nonce else ""
        return html.replace("<script", f"<script{attribute}").replace("<style", f"<style{attribute}")

    def _link(self, name: str, is_css: bool) -> str:
        """Write one asset as a tag: its address on a site, its content in a single file."""
        if not self.is_single_file:
            url = escape(assets.url(name))
            return f'<link rel="stylesheet" href="{url}">' if is_css else f'<script src="{url}"></script>'
        content = assets.path(name).read_text()
        if is_css:
            return "<style>" + re.sub(r"url\((?!data:)[^)]*\)", "none", content) + "</style>"
        content = re.sub(r"//# sourceMappingURL=.*", "", content)
        return "<script>" + content.replace("</script", "<\\/script") + "</script>"


PAGE = """<!DOCTYPE html>
<html lang="{{ 'zh-CN' if this.language == 'zh' else 'en' }}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ this.page_title }}</title>
<link rel="icon" href="data:,">
{{ head }}
<style>{{ this.style }}</style>
</head>
<body>
{{ this.before }}
<main class="stage">{{ this.html.render(**kwargs) }}<aside class="legend">{{ this.legend }}</aside></main>
<script>{% for code in this.scripts %}{{ code }}
{% endfor %}{{ this.script.render(**kwargs) }}</script>
</body>
</html>
"""


def new_map(bounds: tuple[float, float, float, float] | None) -> folium.Map:
    """Make an empty folium map over `bounds` (west, south, east, north in degrees), with a fixed name.

    folium names its variables at random; a fixed name makes the same map the same bytes.
    """
    made = folium.Map(
        location=(38.0, 102.0),
        zoom_start=5,
        tiles=None,
        prefer_canvas=True,
        min_zoom=2,
        max_zoom=18,
        world_copy_jump=True,
    )
    made._id = "forest"
    made.add_child(
        Script(
            _view(bounds) + "{{ map }}.attributionControl.setPrefix('Leaflet');"
            "L.control.scale({imperial: false, position: 'bottomright'}).addTo({{ map }});"
        )
    )
    return made


def _view(bounds: tuple[float, float, float, float] | None) -> str:
    """Write the script that shows `bounds` at once; folium's own way animates, and loads tiles twice."""
    if not bounds:
        return ""
    west, south, east, north = bounds
    corners = [[south, west], [north, east]]
    return f"{{{{ map }}}}.fitBounds({corners}, {{padding: [18, 18], maxZoom: 15, animate: false}});"
