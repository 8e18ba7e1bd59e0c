"""Fonts for print: a WOFF 1.0 file (a font whose tables are deflated) unpacked to the plain font that it holds."""

import struct
import zlib

_HEADER = struct.Struct(">4sIIHHIHHIIIII")
_ENTRY = struct.Struct(">4sIIII")
MAX_BYTES = 64 << 20


class FontError(ValueError):
    """The bytes are no WOFF 1.0 font."""


def unpack(woff: bytes) -> bytes:
    """Give the font (sfnt: TrueType or OpenType) in a WOFF 1.0 file.

    Raises:
        FontError: it is none, or it is broken.

    """
    try:
        signature, flavor, _, count, _, size, *_ = _HEADER.unpack_from(woff)
        if signature != b"wOFF" or size > MAX_BYTES:
            raise FontError("no WOFF 1.0 font")
        tables = []
        for number in range(count):
            tag, offset, packed, length, checksum = _ENTRY.unpack_from(woff, _HEADER.size + number * _ENTRY.size)
            data = woff[offset : offset + packed]
            if packed < length:
                data = zlib.decompressobj().decompress(data, length)
            if len(data) != length:
                raise FontError(f"table {tag!r} is cut off")
            tables.append((tag, checksum, data))
    except (struct.error, zlib.error) as error:
        raise FontError(str(error)) from None
    return _sfnt(flavor, tables)


def _sfnt(flavor: int, tables: list[tuple[bytes, int, bytes]]) -> bytes:
    power = max(len(tables).bit_length() - 1, 0)
    search = 16 << power
    head = struct.pack(">IHHHH", flavor, len(tables), search, power, 16 * len(tables) - search)
    directory, body = [], []
    offset = len(head) + 16 * len(tables)
    for tag, checksum, data in tables:
        directory.append(struct.pack(">4sIII", tag, checksum, offset, len(data)))
        padded = data + bytes(-len(data) % 4)
        body.append(padded)
        offset += len(padded)
    return b"".join((head, *directory, *body))
