"""Text from Chinese offices: UTF-8, or else GB18030 (GBK and GB2312 within it), decoded without any guess."""

import codecs
from pathlib import Path

from geo.formats._format import FormatError
from geo.text import Text

_BLOCK_BYTES = 1024 * 1024


def decode_strictly(path: Path, from_header: bool = False) -> str:
    """Choose the encoding under which every byte of a file is text: "utf-8-sig"/"utf-8", else "gb18030".

    Args:
        path: the file; read in blocks.
        from_header: skip the binary header of a dBASE table, whose records begin where it says.

    Raises:
        FormatError: encoding, where the file is text in neither.

    """
    start = 0
    with path.open("rb") as stream:
        head = stream.read(32)
        if from_header and len(head) == 32:
            start = 32
        elif head.startswith(codecs.BOM_UTF8):
            return "utf-8-sig"
        elif head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"
    for encoding in ("utf-8", "gb18030"):
        if _is_text_in(path, encoding, start, from_header):
            return encoding
    raise FormatError(
        "encoding",
        Text(
            zh="文字编码既不是 UTF-8 也不是 GBK/GB18030：请在 Excel 里另存为“CSV UTF-8”再导入。",
            en="The text is neither UTF-8 nor GBK/GB18030: save it as “CSV UTF-8” from the spreadsheet.",
        ),
    )


def _is_text_in(path: Path, encoding: str, start: int, is_table: bool) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    try:
        with path.open("rb") as stream:
            stream.seek(start)
            while block := stream.read(_BLOCK_BYTES):
                # dBASE marks the end of its header and its file with bytes that GB18030 could pair up wrongly.
                decoder.decode(block.replace(b"\x1a", b" ") if is_table else block)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
