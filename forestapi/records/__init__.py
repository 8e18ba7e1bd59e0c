"""The nouns of the ledger: a struct for what a client writes, and a declaration of the rest, one file each."""

from forestapi.records._fields import CIVIL_TIME
from forestapi.records._noun import (
    ADMINISTRATORS,
    BOOKKEEPING,
    MANAGERS,
    PUBLIC,
    RECORDERS,
    STAFF,
    Document,
    Noun,
)

__all__ = ["ADMINISTRATORS", "BOOKKEEPING", "CIVIL_TIME", "MANAGERS", "PUBLIC", "RECORDERS", "STAFF", "Document", "Noun", "nouns"]


def nouns() -> dict[str, Noun]:
    """Every noun by its name, as declared by the modules of this folder."""
    import forestapi.records
    from forestapi.registry import discover

    return discover(forestapi.records, "NOUN")  # type: ignore[return-value]
