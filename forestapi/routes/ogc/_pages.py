"""What the HTML pages of OGC API show."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import msgspec

from forestapi.routes.ogc._answer import BASE
from forestapi.store import geojson
from forestapi.store.collections import Collection
from forestapi.web.ogc import Item, Page
from geo.text import Text

HOME = Item(Text("OGC API", "OGC API"), BASE)
COLLECTIONS = Item(Text("要素集", "Collections"), f"{BASE}/collections")
MAX_COLUMNS = 12
MAX_CELL = 80


def now() -> str:
    """Give the time of an answer."""
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def of(collection: Collection) -> Item:
    """Give the entry of a collection."""
    return Item(collection.title, f"{BASE}/collections/{collection.name}", collection.about)


def items(collection: Collection, rows: list[str], matched: int | None, following: dict[str, str] | None) -> Page:
    """Show a page of features as a table."""
    names = geojson.properties(collection.noun)[:MAX_COLUMNS]
    base = f"{BASE}/collections/{collection.name}/items"
    table = []
    for row in rows:
        feature = msgspec.json.decode(row)
        cells = (_cell(feature["properties"].get(name)) for name in names)
        id = str(feature["id"])
        shown = f"…{id[-12:]}" if collection.noun.key == "id" else id  # the end of an id tells it from others
        table.append((f"{base}/{id}", shown, *cells))
    return Page(
        title=collection.title,
        about=collection.about,
        trail=(HOME, COLLECTIONS, of(collection)),
        facts=((Text("符合条件的要素", "Features that match"), f"{matched:,}"),) if matched is not None else (),
        columns=("id", *names),
        rows=tuple(table),
        next=f"{base}?{urlencode({**following, 'f': 'html'})}" if following else "",
        is_table=True,
    )


def item(collection: Collection, key: str, json: str) -> Page:
    """Show one feature."""
    feature = msgspec.json.decode(json)
    facts = [(Text(name, name), _cell(value, 2000)) for name, value in feature["properties"].items()]
    geometry = feature["geometry"]
    if geometry is not None:
        shown = _cell(geometry["coordinates"]) if geometry["type"] == "Point" else geometry["type"]
        facts.append((Text("几何", "Geometry"), shown))
    return Page(title=Text(key, key), trail=(HOME, COLLECTIONS, of(collection)), facts=tuple(facts))


def _cell(value: Any, most: int = MAX_CELL) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return text if len(text) <= most else f"{text[: most - 1]}…"
