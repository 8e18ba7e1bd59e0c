"""The collections of OGC API, one file each: a new file is a new collection, with its schema, pages and documentation."""

import sys

from forestapi.registry import discover
from forestapi.store.collections._collection import Collection

__all__ = ["Collection", "collections"]


def collections() -> dict[str, Collection]:
    """Every collection by its name."""
    return discover(sys.modules[__name__], "COLLECTION")  # type: ignore[return-value]
