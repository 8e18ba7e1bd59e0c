"""XML from outside: no document type, so no entity of any kind, and never a request to anywhere."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any
from xml.etree.ElementTree import Element, ParseError, XMLPullParser
from xml.parsers import expat
from xml.sax.saxutils import escape

from geo.formats._format import FormatError
from geo.text import Text

CHUNK_BYTES = 1 << 16
MAX_DEPTH = 64


def elements(stream: IO[bytes]) -> Iterator[tuple[str, Element]]:
    """Give (`start` or `end`, element) while a document is read, a piece at a time.

    Raises:
        FormatError: unreadable (not XML), unsafe-xml (it declares a document type or entities) or too-deep.

    """
    guard = expat.ParserCreate()
    depth = [0]

    def refuse(*_: Any) -> None:
        raise FormatError(
            "unsafe-xml",
            Text(
                zh="文件含有文档类型或实体声明（DOCTYPE/ENTITY），不予读取。请重新导出。",
                en="The file declares a document type or entities, and is not read. Export it again.",
            ),
        )

    def enter(*_: Any) -> None:
        depth[0] += 1
        if depth[0] > MAX_DEPTH:
            raise FormatError("too-deep", Text(zh="XML 嵌套太深。", en="The XML is nested too deeply."))

    guard.StartDoctypeDeclHandler = refuse
    guard.EntityDeclHandler = refuse
    guard.StartElementHandler = enter
    guard.EndElementHandler = lambda *_: depth.__setitem__(0, depth[0] - 1)
    parser = XMLPullParser(("start", "end"))
    try:
        while chunk := stream.read(CHUNK_BYTES):
            guard.Parse(chunk, False)
            parser.feed(chunk)
            yield from parser.read_events()
        guard.Parse(b"", True)
        parser.close()
        yield from parser.read_events()
    except (expat.ExpatError, ParseError) as error:
        raise FormatError(
            "unreadable", Text(zh=f"不是合格的 XML（{error}）。", en=f"This is not well-formed XML ({error}).")
        ) from error


def plain(element: Element) -> str:
    """Give an element's name without its namespace."""
    return element.tag.rsplit("}", 1)[-1]


def child(element: Element, name: str) -> Element | None:
    """Find the first child of a name, in whatever namespace."""
    return next((each for each in element if plain(each) == name), None)


def text_of(element: Element, name: str) -> str | None:
    """Give the text of the first child of a name."""
    found = child(element, name)
    return (found.text or "").strip() or None if found is not None else None


def is_xml_file(path: Path) -> bool:
    """Tell whether a file begins as XML does."""
    with path.open("rb") as stream:
        return stream.read(64).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")


_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def xml_text(text: str) -> str:
    """Write a text as XML holds it; what it cannot hold becomes U+FFFD, and a carriage return stays one."""
    return escape(_NO_XML.sub("\ufffd", text), {"\r": "&#13;"})
