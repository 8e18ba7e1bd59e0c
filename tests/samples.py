"""Small records that tests put into the ledger."""

from typing import Any
from uuid import UUID

PROGRAMME = {"code": "tengger", "name_zh": "腾格里", "name_en": "Tengger"}


def key(number: int) -> str:
    """Give a UUIDv7-shaped id that is the same in every run."""
    return str(UUID(int=(0x019ABC00000070008000 << 48) | number))


def square(lon: float = 105.0, lat: float = 39.0, side: float = 0.01) -> dict[str, Any]:
    """Draw a square plot by its lower left corner, in degrees."""
    ring = [[lon, lat], [lon + side, lat], [lon + side, lat + side], [lon, lat + side], [lon, lat]]
    return {"type": "Polygon", "coordinates": [ring]}


def jpeg(said: bytes = b"paper") -> bytes:
    """Make a whole JPEG of one pixel, with a comment that tells it from others."""
    comment = b"\xff\xfe" + (len(said) + 2).to_bytes(2) + said
    frame = b"\xff\xc0\x00\x0b\x08\x00\x01\x00\x01\x01\x01\x11\x00"
    return b"\xff\xd8" + comment + frame + b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00\x37\xff\xd9"


def plot(index: int, /, boundary: dict[str, Any] | None = None, **others: Any) -> dict[str, Any]:
    """Write a plot as a client sends it."""
    return {
        "id": key(index),
        "programme": PROGRAMME["code"],
        "number": f"T-{index}",
        "boundary": boundary or square(105 + index / 50),
        **others,
    }


def planting(
    index: int, plot: int, /, started_on: str | None = "2018-04-01", **others: Any
) -> dict[str, Any]:
    """Write a new planting of a plot."""
    return {"id": key(10_000 + index), "plot": key(plot), "kind": "new", "started_on": started_on, **others}


def worker(index: int, /, **others: Any) -> dict[str, Any]:
    """Write a worker."""
    return {"id": key(20_000 + index), "sex": "female", "birth_year": 1980, **others}


def shift(index: int, worker: int = 1, /, work_date: str = "2018-04-02", **others: Any) -> dict[str, Any]:
    """Write an approved paid shift of eight hours."""
    return {
        "id": key(30_000 + index),
        "worker": key(20_000 + worker),
        "programme": PROGRAMME["code"],
        "work_date": work_date,
        "activity": "planting",
        "hours": 8,
        "quantity": 1,
        "rate_yuan": 160,
        "wage_yuan": 160,
        "status": "approved",
        **others,
    }
