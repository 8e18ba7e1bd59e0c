"""What an image is, from its first bytes: media type and size in pixels, without decoding it."""

import struct
from collections.abc import Iterator

from msgspec import Struct


class Image(Struct, frozen=True):
    """Media type, and width and height in pixels."""

    mime: str
    width: int
    height: int


def look_at(content: bytes) -> Image | None:
    """Read the header of a JPEG, PNG or WebP; None if it is none, or broken."""
    try:
        if content.startswith(b"\x89PNG\r\n\x1a\n") and content[12:16] == b"IHDR":
            return Image("image/png", *struct.unpack(">II", content[16:24]))
        if content.startswith(b"\xff\xd8\xff"):
            return next(_jpeg(content), None)
        if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
            return _webp(content)
    except (struct.error, IndexError):
        return None
    return None


def _jpeg(content: bytes) -> Iterator[Image]:
    """Go from marker to marker until the frame header, which has the size."""
    at = 2
    while at + 4 <= len(content):
        if content[at] != 0xFF:
            return
        marker = content[at + 1]
        if marker in (0xFF, 0x01) or 0xD0 <= marker <= 0xD8:
            at += 1 if marker == 0xFF else 2
            continue
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", content[at + 5 : at + 9])
            yield Image("image/jpeg", width, height)
            return
        at += 2 + int.from_bytes(content[at + 2 : at + 4], "big")


def _webp(content: bytes) -> Image | None:
    kind = content[12:16]
    if kind == b"VP8X":
        width, height = (int.from_bytes(content[i : i + 3], "little") + 1 for i in (24, 27))
    elif kind == b"VP8L" and content[20] == 0x2F:
        bits = int.from_bytes(content[21:25], "little")
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    elif kind == b"VP8 " and content[23:26] == b"\x9d\x01\x2a":
        width, height = (value & 0x3FFF for value in struct.unpack("<HH", content[26:30]))
    else:
        return None
    return Image("image/webp", width, height)
