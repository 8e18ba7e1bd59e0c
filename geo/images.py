"""The kind and size of a picture, from its first bytes; nothing is decoded."""

from typing import NamedTuple

_FRAMES = {0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF}
"""Markers of a JPEG after which its height and width follow."""


class Picture(NamedTuple):
    """What a picture says of itself."""

    mime: str
    width: int
    height: int


def picture(content: bytes) -> Picture | None:
    """Read the kind, width and height (pixels) of a JPEG, PNG or WebP; None if it is none of them."""
    if content.startswith(b"\x89PNG\r\n\x1a\n") and content[12:16] == b"IHDR" and len(content) >= 24:
        return Picture("image/png", int.from_bytes(content[16:20]), int.from_bytes(content[20:24]))
    if content.startswith(b"\xff\xd8\xff"):
        return _jpeg(content)
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP" and len(content) >= 30:
        return _webp(content)
    return None


def _jpeg(content: bytes) -> Picture | None:
    place = 2
    while place + 9 <= len(content):
        if content[place] != 0xFF:
            return None
        marker = content[place + 1]
        if marker == 0xFF:
            place += 1
            continue
        if marker in _FRAMES:
            height = int.from_bytes(content[place + 5 : place + 7])
            return Picture("image/jpeg", int.from_bytes(content[place + 7 : place + 9]), height)
        if marker in (0xD9, 0xDA):
            return None
        place += 2 if marker == 0x01 or 0xD0 <= marker <= 0xD8 else 2 + max(int.from_bytes(content[place + 2 : place + 4]), 2)
    return None


def _webp(content: bytes) -> Picture | None:
    kind = content[12:16]
    if kind == b"VP8X":
        width, height = int.from_bytes(content[24:27], "little") + 1, int.from_bytes(content[27:30], "little") + 1
    elif kind == b"VP8 " and content[23:26] == b"\x9d\x01\x2a":
        width, height = (int.from_bytes(content[i : i + 2], "little") & 0x3FFF for i in (26, 28))
    elif kind == b"VP8L" and content[20] == 0x2F:
        bits = int.from_bytes(content[21:25], "little")
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    else:
        return None
    return Picture("image/webp", width, height)
