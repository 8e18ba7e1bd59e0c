"""The same demonstration every time: random streams and record ids that follow from one seed."""

from zlib import crc32

import numpy as np
from numpy.typing import ArrayLike, NDArray

SEED = 20181231


def stream(name: str) -> np.random.Generator:
    """Open the random stream of one part; parts do not disturb one another."""
    return np.random.default_rng([SEED, crc32(name.encode())])


def ids(name: str, days: ArrayLike) -> list[str]:
    """Make UUIDv7 for records of the part `name`, as a client would have made them on the given dates.

    Args:
        name: the part, whose stream fills the random bits.
        days: dates, datetime64[D] (n,); the clock stands at 12:00 UTC, 20:00 in China.

    """
    milliseconds = np.asarray(days, dtype="datetime64[ms]").astype(np.int64) + 12 * 3_600_000
    octets = stream(f"ids of {name}").integers(0, 256, (len(milliseconds), 16), dtype=np.uint8)
    octets[:, :6] = (milliseconds[:, None] >> np.arange(40, -1, -8)) & 0xFF
    octets[:, 6] = octets[:, 6] & 0x0F | 0x70
    octets[:, 8] = octets[:, 8] & 0x3F | 0x80
    text = octets.tobytes().hex()
    return [_dashed(text[i : i + 32]) for i in range(0, len(text), 32)]


def _dashed(digits: str) -> str:
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def whole(amounts: NDArray) -> NDArray:
    """Round amounts so that their sum is the rounded sum: the remainder is carried from one to the next."""
    return np.diff(np.round(np.cumsum(amounts)), prepend=0).astype(np.int64)
