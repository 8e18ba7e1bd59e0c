"""Tiles that a process keeps: the most recently used ones, by size, found by place when the map changes there."""

import gzip
import hashlib
import math
from collections import OrderedDict, defaultdict
from collections.abc import Iterator

from msgspec import Struct

from forestapi.services.serving_tiles._asked import Asked, Key
from forestapi.store.tile_changes import Change

EARTH_M = 40075016.685578488
"""Side of the tile of zoom 0, EPSG:3857."""
MARGIN = 1 / 16
"""How far beyond its edge a tile shows what lies there, in tiles; the functions of the database draw 1/64."""
DEEPEST = 24
TILE_OVERHEAD = 1500
"""Bytes that an entry takes besides its content: key, index and objects around them (measured: 1.2 kB)."""
SMALLEST_ZIPPED = 500


class Tile(Struct, frozen=True):
    """A tile's content, gzip if that is worth it, with the tag of the content as it is."""

    content: bytes
    is_zipped: bool
    etag: str

    @classmethod
    def of(cls, content: bytes) -> "Tile":
        """Compress a content; the same content gives the same bytes and tag."""
        etag = f'"{hashlib.blake2b(content, digest_size=12).hexdigest()}"'
        if len(content) <= SMALLEST_ZIPPED:
            return cls(content, False, etag)
        return cls(gzip.compress(content, 1, mtime=0), True, etag)

    def plain(self) -> bytes:
        """Give the content uncompressed."""
        return gzip.decompress(self.content) if self.is_zipped else self.content


class Kept:
    """Tiles by key, at most `limit_bytes` of them together; the longest unused go first."""

    def __init__(self, limit_bytes: int) -> None:
        """Keep nothing yet."""
        self.limit_bytes, self.bytes = limit_bytes, 0
        self._tiles: OrderedDict[Key, tuple[Asked, Tile]] = OrderedDict()
        self._at: defaultdict[tuple[int, int, int], set[Key]] = defaultdict(set)
        self._filtered: set[Key] = set()

    def __len__(self) -> int:
        """Count the tiles."""
        return len(self._tiles)

    def get(self, key: Key) -> Tile | None:
        """Give a tile, which is then the most recently used."""
        found = self._tiles.get(key)
        if found is None:
            return None
        self._tiles.move_to_end(key)
        return found[1]

    def put(self, key: Key, asked: Asked, tile: Tile) -> None:
        """Keep a tile; one larger than a quarter of everything is not kept."""
        size = len(tile.content) + TILE_OVERHEAD
        if size > self.limit_bytes / 4:
            return
        self._take_out(key)
        self._tiles[key] = (asked, tile)
        self._at[asked.place].add(key)
        if asked.query is not None:
            self._filtered.add(key)
        self.bytes += size
        while self.bytes > self.limit_bytes:
            self._take_out(next(iter(self._tiles)))

    def drop(self, change: Change) -> None:
        """Drop what a change touches. What a filter finds may hang on anything, so filtered tiles go with any change."""
        for key in list(self._filtered):
            self._take_out(key)
        if change.boxes is None:
            doomed = [key for key in self._tiles if change.layer is None or change.layer in key[0]]
        else:
            doomed = [key for place in self._places(change) for key in self._at.get(place, ()) if change.layer in key[0]]
        for key in doomed:
            self._take_out(key)

    def clear(self) -> None:
        """Drop everything."""
        self._tiles.clear()
        self._at.clear()
        self._filtered.clear()
        self.bytes = 0

    def _places(self, change: Change) -> Iterator[tuple[int, int, int]]:
        """Go through the places that a change touches, by whichever is fewer: those, or those where a tile is kept."""
        wide: list[tuple[int, int, int, int, int]] = []
        for z in range(DEEPEST + 1):
            for box in change.boxes or ():
                west, east, north, south = touched(box, z)
                if (east - west + 1) * (south - north + 1) > len(self._at):
                    wide.append((z, west, east, north, south))
                else:
                    yield from ((z, x, y) for x in range(west, east + 1) for y in range(north, south + 1))
        if wide:
            for z, x, y in list(self._at):
                if any(z == d and west <= x <= east and north <= y <= south for d, west, east, north, south in wide):
                    yield z, x, y

    def _take_out(self, key: Key) -> None:
        found = self._tiles.pop(key, None)
        if found is None:
            return
        asked, tile = found
        self.bytes -= len(tile.content) + TILE_OVERHEAD
        self._filtered.discard(key)
        here = self._at[asked.place]
        here.discard(key)
        if not here:
            del self._at[asked.place]


def touched(box: tuple[float, float, float, float], z: int) -> tuple[int, int, int, int]:
    """Give the first and last column, and the first and last row, of zoom `z` that show something of a box."""
    side_m, last = EARTH_M / (1 << z), (1 << z) - 1
    west, south, east, north = box

    def within(value: float) -> int:
        return max(0, min(last, math.floor(value)))

    return (
        within((west + EARTH_M / 2) / side_m - MARGIN), within((east + EARTH_M / 2) / side_m + MARGIN),
        within((EARTH_M / 2 - north) / side_m - MARGIN), within((EARTH_M / 2 - south) / side_m + MARGIN),
    )  # fmt: skip


def touches(change: Change, asked: Asked) -> bool:
    """Whether a tile may look otherwise after a change."""
    if asked.query is not None or change.layer is None:
        return True
    if change.layer not in asked.layers:
        return False
    if change.boxes is None:
        return True
    areas = (touched(box, asked.z) for box in change.boxes)
    return any(west <= asked.x <= east and north <= asked.y <= south for west, east, north, south in areas)
