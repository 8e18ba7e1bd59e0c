"""Changes for a phone: from zero the state as it is, a page at a time, and then what was changed since."""

from typing import Any
from uuid import UUID

import msgspec

from forestapi.db.transaction import Transaction
from forestapi.errors import BadRequest, Problem
from forestapi.records import Noun, nouns
from forestapi.records._photos import PHOTO
from forestapi.records._query import Query
from forestapi.store import features
from forestapi.store import sync_changes as store
from forestapi.store.history import Place
from geo.text import Text

ORDER = ("plots", "plantings", "surveys", "workers", "shifts", "photos")
"""Parents first, so that a phone never holds a child without its parent for long."""


async def changes(tx: Transaction, since: str | None, limit: int) -> dict[str, Any]:
    """Give a page of changes after a cursor: `{items, next, is_more}`.

    Raises:
        BadRequest: the cursor is none.

    """
    if not since:
        era, transaction, _ = await store.horizon(tx)
        return await _state(tx, (era, transaction, 0), 0, None, limit)
    try:
        if since.startswith("s."):
            _, era_text, number, index, key = since.split(".")
            return await _state(
                tx, _place(era_text, number, "0"), int(index), str(UUID(key)) if key else None, limit
            )
        place = _place(*since.split("."))
    except (ValueError, TypeError):
        message = Text("请原样使用上一页的 next。", "Use `next` of the page before, as it came.")
        raise BadRequest(message, problems=[Problem(field="since", message=message)]) from None
    return await _since(tx, place, since, limit)


def _place(era: str, transaction: str, seq: str) -> Place:
    place = int(era), int(transaction), int(seq)
    if not (0 <= place[0] < 2**31 and 0 <= place[1] < 2**63 and 0 <= place[2] < 2**63):
        raise ValueError
    return place


async def _state(tx: Transaction, start: Place, index: int, after: str | None, limit: int) -> dict[str, Any]:
    """Give records as they are; whatever is written meanwhile comes after `start`, which the last page hands on."""
    if not 0 <= index < len(ORDER):
        raise ValueError
    items: list[dict[str, Any]] = []
    while index < len(ORDER):
        noun = _noun(ORDER[index])
        page = await features.page(tx, noun, _query(tx, noun), limit=limit - len(items), after=after)
        items += [_item(noun, msgspec.json.decode(text), text) for text in page.rows]
        after = page.next_key
        if after is not None:
            return {"items": items, "next": f"s.{start[0]}.{start[1]}.{index}.{after}", "is_more": True}
        index += 1
        if len(items) >= limit and index < len(ORDER):
            return {"items": items, "next": f"s.{start[0]}.{start[1]}.{index}.", "is_more": True}
    return {"items": items, "next": f"{start[0]}.{start[1]}.{start[2]}", "is_more": False}


async def _since(tx: Transaction, after: Place, since: str, limit: int) -> dict[str, Any]:
    rows = await store.changed(tx, after, limit)
    tables = {_noun(name).table: name for name in ORDER}
    touched: dict[str, dict[UUID, None]] = {}
    for row in rows:
        touched.setdefault(tables[row["noun"]], {})[UUID(row["key"])] = None
    items: list[dict[str, Any]] = []
    for name in ORDER:
        keys = list(touched.get(name, {}))
        if not keys:
            continue
        noun = _noun(name)
        found = await features.many(tx, noun, _query(tx, noun), keys)
        items += [_item(noun, {"id": key, "revision": revision}, text) for key, (text, revision) in found.items()]
        gone = await store.gone(tx, noun.table, [key for key in keys if key not in found])
        items += [
            {"noun": name, "key": key, "revision": revision, "is_deleted": True, "record": None}
            for key, revision in gone.items()
        ]
    following = rows[-1]["cursor"] if rows else since
    return {"items": items, "next": following, "is_more": len(rows) == limit}


def _item(noun: Noun, record: dict[str, Any], text: str) -> dict[str, Any]:
    return {
        "noun": noun.name, "key": record["id"], "revision": record["revision"], "is_deleted": False,
        "record": msgspec.Raw(text.encode()),
    }  # fmt: skip


def _noun(name: str) -> Noun:
    return PHOTO if name == PHOTO.name else nouns()[name]


def _query(tx: Transaction, noun: Noun) -> Query:
    """Keep to the token's programmes also in what everybody may read: a phone has room for its own."""
    programmes = tx.scope.programmes
    if programmes is None or "programme" not in (*noun.columns, *noun.derived):
        return Query()
    return Query(equals={"programme": list(programmes)})
