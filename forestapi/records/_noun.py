"""What a noun of the ledger is: one declaration that its table, store, routes, checks and docs follow from."""

from typing import Any

import msgspec
from msgspec import Struct

from geo.text import Text

ADMINISTRATORS = frozenset({"administrator"})
MANAGERS = ADMINISTRATORS | {"programme_administrator"}
"""Those who answer for a programme's crews, workers and shifts, each within the scope of the token."""
RECORDERS = MANAGERS | {"recorder", "crew_leader"}
STAFF = RECORDERS | {"analyst", "auditor"}
PUBLIC = STAFF | {"public"}


class Noun(Struct, frozen=True, kw_only=True):
    """One kind of record.

    `struct` is what a client writes: its fields are columns of the table `forest.<table>`. What a client
    reads are the columns of the view `forest.<name>`: the same, and the ones that the ledger derives.
    """

    name: str
    """Plural: the address, the read view, the file at every layer."""
    table: str
    """Singular: the table."""
    struct: type[Struct]
    title: Text
    key: str = "id"
    """The column that names a record: `id` (UUIDv7 from the client) or a readable `code`."""
    geometry: str | None = None
    """The geometry column, in EPSG:4326."""
    located_by: str | None = None
    """Where the geometry is that of a plot: the column that names the plot, by whose boundary it is looked up."""
    happened: str | None = None
    """The date column that `datetime=` filters by."""
    filters: tuple[str, ...] = ()
    """Columns of the view that a list can be filtered by equality."""
    readers: frozenset[str] = PUBLIC
    writers: frozenset[str] = RECORDERS
    staff_only: tuple[str, ...] = ()
    """Columns in which a file or a form may name somebody; the public reads them empty."""
    derived: tuple[str, ...] = ()
    """Columns that the ledger fills in; a client may send them back, and they are passed over."""

    view: str = ""
    """The view that is read; left out, it has the noun's name."""

    def __post_init__(self) -> None:
        """Fill in the name of the view."""
        if not self.view:
            msgspec.structs.force_setattr(self, "view", self.name)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that a client writes, in the order of the struct."""
        return self.struct.__struct_fields__


BOOKKEEPING = ("revision", "received_at", "updated_at", "is_synthetic")
"""Derived columns that every read view has."""

Document = dict[str, Any]
"""A record as JSON values, keyed by column."""
