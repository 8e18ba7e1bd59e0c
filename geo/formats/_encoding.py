"""Text from Chinese offices: UTF-8, or else GB18030 (GBK and GB2312 within it), decoded without any guess."""

import codecs
import struct
from collections.abc import Callable, Iterator
from pathlib import Path

from geo.formats._format import FormatError
from geo.text import Text

_BLOCK_BYTES = 1024 * 1024


def text_encoding(path: Path) -> str:
    """Choose the encoding under which every byte of a text file is text.

    Returns:
        "utf-8-sig", "utf-16", "utf-8" or "gb18030", in this order of trying.

    Raises:
        FormatError: encoding, where the file is text in none.

    """
    with path.open("rb") as stream:
        head = stream.read(3)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    found = _first_that_fits(lambda: _blocks(path, 0))
    return "utf-8-sig" if found == "utf-8" and head == codecs.BOM_UTF8 else found


def table_encoding(path: Path) -> str:
    """Choose the encoding of a dBASE table's field names and records: "utf-8" or "gb18030".

    Raises:
        FormatError: encoding, where the table is text in neither, or unreadable, where it is no table.

    """
    with path.open("rb") as stream:
        head = stream.read(32)
        if len(head) < 32:
            raise FormatError("unreadable", Text(zh=".dbf 文件不完整。", en="The .dbf file is cut short."))
        (header_bytes,) = struct.unpack_from("<H", head, 8)
        descriptors = stream.read(max(header_bytes - 33, 0))
    names = b" ".join(descriptors[i : i + 11].split(b"\0")[0] for i in range(0, len(descriptors), 32))

    def blocks() -> Iterator[bytes]:
        yield names + b" "
        for block in _blocks(path, header_bytes):
            # The end-of-file mark may stand where a two-byte character would be completed.
            yield block.replace(b"\x1a", b" ")

    return _first_that_fits(blocks)


def _blocks(path: Path, start: int) -> Iterator[bytes]:
    with path.open("rb") as stream:
        stream.seek(start)
        while block := stream.read(_BLOCK_BYTES):
            yield block


def _first_that_fits(blocks: Callable[[], Iterator[bytes]]) -> str:
    for encoding in ("utf-8", "gb18030"):
        decoder = codecs.getincrementaldecoder(encoding)("strict")
        try:
            for block in blocks():
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        return encoding
    raise FormatError(
        "encoding",
        Text(
            zh="文字编码既不是 UTF-8 也不是 GBK/GB18030：请在表格软件里另存为“CSV UTF-8”再导入。",
            en="The text is neither UTF-8 nor GBK/GB18030: save it as “CSV UTF-8” from the spreadsheet.",
        ),
    )
