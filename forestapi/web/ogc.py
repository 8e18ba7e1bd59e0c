"""The pages of OGC API: one template for landing page, collections, features and tiles, in Chinese and English."""

from collections.abc import Mapping
from urllib.parse import urlencode

from msgspec import Struct

from forestapi.web import languages
from forestapi.web.templating import TEMPLATES
from geo.text import Text

WORDS = {
    "site": Text("Forest API", "Forest API"),
    "home": Text("首页", "Home"),
    "here": Text("OGC API", "OGC API"),
    "next": Text("下一页", "Next page"),
    "json": Text("以 JSON 查看", "As JSON"),
    "empty": Text("没有要素。", "There are no features."),
    "none": Text("—", "—"),
    "matched": Text("要素数", "Features"),
}


class Item(Struct, frozen=True):
    """An entry of a list: its title, its address, and a sentence about it."""

    title: Text
    href: str
    about: Text = Text("", "")


class Page(Struct, frozen=True, kw_only=True):
    """What a page shows, from top to bottom; what is empty is not there."""

    title: Text
    about: Text = Text("", "")
    trail: tuple[Item, ...] = ()
    facts: tuple[tuple[Text, str], ...] = ()
    """Names and values; a value that is an address becomes a link."""
    items: tuple[Item, ...] = ()
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    """Cells of a table; the first of each row is its address, and the second is what the link says."""
    next: str = ""
    is_table: bool = False


def render(
    page: Page, *, path: str, json_address: str, query: Mapping[str, str], wishes: tuple[str | None, str | None, str, str]
) -> tuple[str, dict[str, str]]:
    """Write a page in the reader's language; return it with its headers.

    Args:
        page: what it shows.
        path: its address, without the query.
        json_address: where the same stands as JSON.
        query: the query of its address, kept when the language is changed.
        wishes: the language asked for, the reader's cookie, the setting, and Accept-Language.

    """
    language = languages.choose(*wishes)
    other = "en" if language == "zh" else "zh"
    html = TEMPLATES.get_template("ogc.html").render(
        page=page,
        language=language,
        html_language=languages.LANGUAGES[language],
        w=languages.catalogue(WORDS, language),
        other_language=other,
        other_address=f"{path}?{urlencode({**query, 'lang': other, 'f': 'html'})}",
        json_address=json_address,
        say=lambda text: getattr(text, language),
        keep=f"?lang={language}&f=html" if query.get("lang") else "?f=html",
    )
    return html, {
        "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; "
        "style-src 'self'; img-src 'self'; font-src 'self'",
        "Content-Language": languages.LANGUAGES[language],
        "Vary": "Accept, Accept-Language, Cookie",
    }
