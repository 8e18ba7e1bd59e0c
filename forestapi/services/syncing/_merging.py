"""A change made on a phone against what the office has made of the record meanwhile: merged by fields, or a conflict."""

from typing import Any

import msgspec
from msgspec import UNSET

from forestapi.db.transaction import Transaction
from forestapi.records import Document, Noun
from forestapi.records._sync import PAY
from forestapi.services import records
from forestapi.store import features
from forestapi.store import operations as store


async def current(tx: Transaction, noun: Noun, key: str) -> tuple[Document, int] | None:
    """Read the fields of a record that a client writes, and its revision."""
    found = await features.get(tx, noun, key)
    if found is None:
        return None
    document = msgspec.json.decode(found[0])
    return {name: document[name] for name in noun.columns if name in document}, found[1]


async def at(tx: Transaction, noun: Noun, key: str, revision: int) -> Document | None:
    """Read the fields of a record as they were at a revision; None where there was no such revision in reach."""
    row = await store.past(tx, noun.table, key, revision)
    if row is None:
        return None
    document = msgspec.json.decode(row["record"])
    return {name: document[name] for name in noun.columns if name in document}


def changed(noun: Noun, before: Document, after: Document) -> set[str]:
    """Name the fields in which two versions differ, by value: 8 hours are 8.00 hours."""
    one, other = _values(noun, before), _values(noun, after)
    return {name for name in noun.columns if one.get(name, UNSET) != other.get(name, UNSET)}


def clash(noun: Noun, base: Document, office: Document, mine: Document) -> set[str]:
    """Name the fields for which a person has to choose: changed by both, or of pay where both changed anything.

    Args:
        noun: what it is.
        base: the record that the phone had.
        office: the record now.
        mine: the fields that the phone changed, with their new values.

    """
    theirs = changed(noun, base, office)
    wanted = {**base, **mine}
    ours = {name for name in mine if name in changed(noun, base, wanted) or name == "identity"}
    differing = changed(noun, office, {**office, **mine}) & ours
    both = theirs & differing
    return both | (((theirs | differing) & PAY) if theirs and differing else set())


def card(base: Document | None, office: Document | None, mine: Document, fields: set[str]) -> Document:
    """Show the fields in question as a foreman is to see them side by side."""
    shown = sorted(fields)

    def of(document: Document | None) -> Document | None:
        return None if document is None else {name: document.get(name) for name in shown}

    return {"base": of(base) or {}, "mine": {**(of(base) or {}), **mine}, "office": of(office) or {}, "fields": shown}


def _values(noun: Noun, document: Document) -> dict[str, Any]:
    """Read the fields as the noun's types, so that different ways to write one value are equal."""
    struct = records.decode(noun, {name: value for name, value in document.items() if value is not None and name != "identity"})
    return {name: getattr(struct, name) for name in noun.columns if name != "identity"}
