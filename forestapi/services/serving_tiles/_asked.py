"""What is asked for when a tile is: everything that its bytes depend on, and nothing else."""

from typing import Any

import msgspec
from msgspec import Struct

from forestapi.access import Actor, Scope
from forestapi.records._query import Query

Key = tuple[Any, ...]


class Asked(Struct, frozen=True):
    """One tile, for one kind of reader. Headers and the spelling of the address are not in it."""

    layers: tuple[str, ...]
    """Names of `store.tiles.LAYERS`, in the order in which they stand in the tile."""
    z: int
    x: int
    y: int
    actor: Actor
    programmes: tuple[str, ...] | None = None
    """Sorted, each once; None: all."""
    query: Query | None = None

    @classmethod
    def of(
        cls, layers: tuple[str, ...], place: tuple[int, int, int], actor: Actor, programmes: str | None, query: Query | None
    ) -> "Asked":
        """Bring what an address says into the one form that equal questions share."""
        z, x, y = place
        chosen = tuple(sorted(set(programmes.split(",")))) if programmes else None
        return cls(layers, z, x, y, actor, chosen, None if query == Query() else query)

    @property
    def place(self) -> tuple[int, int, int]:
        """Zoom, column and row."""
        return self.z, self.x, self.y

    @property
    def is_picked(self) -> bool:
        """Whether it shows some plots only: there are endlessly many such tiles."""
        return self.programmes is not None or self.query is not None

    def key(self) -> Key:
        """Give what equal questions of equally entitled readers have in common."""
        reach: Scope = self.actor.scope
        return (self.layers, self.z, self.x, self.y, self.programmes, _written(self.query),
                self.actor.role, reach.programmes, reach.crew)  # fmt: skip


def _written(query: Query | None) -> bytes | None:
    if query is None:
        return None
    where = query.where and [query.where.node, query.where.language, query.where.crs.uri, query.where.is_public]
    equals = {name: sorted(set(values)) for name, values in query.equals.items()}
    return msgspec.json.encode([equals, query.bbox, query.interval, where], order="sorted")
