"""A filled-in form as it comes: an XML document, read without trust."""

from math import isfinite
from typing import Any
from uuid import UUID, uuid5
from xml.parsers import expat

from msgspec import Struct

from geo.text import Text

XML_BYTES = 2_000_000
MAX_DEPTH = 16
MAX_ELEMENTS = 50_000
MAX_ID = 200
_SPACE = UUID("6f0f4f4e-7a31-5d0c-9c55-0d6b1f3e2a77")
"""Ids of records that came in a form are named within this space; it never changes."""


class UnreadableError(Exception):
    """The document is no filled-in form; `code` and `text` say why."""

    def __init__(self, code: str, zh: str, en: str) -> None:
        """Say why, by a stable code and in both languages."""
        super().__init__(en)
        self.code, self.text = code, Text(zh, en)


class Node(Struct):
    """An element: its name without namespace, its own text, and the elements in it."""

    name: str
    attributes: dict[str, str]
    children: list["Node"]
    text: str = ""

    def first(self, name: str) -> "Node | None":
        """Give the first element of a name."""
        return next((child for child in self.children if child.name == name), None)


class Answers:
    """The answers of a form, or of one pass of a repeat."""

    def __init__(self, node: Node, instance: str, form: str, version: str | None) -> None:
        """Look at the answers below `node` of the submission `instance`."""
        self.node, self.instance, self.form, self.version = node, instance, form, version

    def text(self, name: str) -> str | None:
        """Give an answer, or None where there is none."""
        found = self.node.first(name)
        return (found.text.strip() or None) if found else None

    def number(self, name: str) -> float | str | None:
        """Give a number; what is none stays the text that it is, for its field to refuse."""
        told = self.text(name)
        if told is None:
            return None
        try:
            read = float(told)
        except ValueError:
            return told
        return read if isfinite(read) else told

    def count(self, name: str) -> int | float | str | None:
        """Give a whole number; what is none stays what it is, for its field to refuse."""
        told = self.number(name)
        return int(told) if isinstance(told, float) and told.is_integer() else told

    def chosen(self, name: str) -> list[str]:
        """Give the choices that were made of several."""
        return (self.text(name) or "").split()

    def each(self, name: str) -> list["Answers"]:
        """Give the passes of a repeat that hold any answer."""
        nodes = [child for child in self.node.children if child.name == name and any(c.text for c in child.children)]
        return [Answers(node, self.instance, self.form, self.version) for node in nodes]

    def key(self, noun: str, position: int = 0) -> str:
        """Name a record of this submission: the same one however often it is sent."""
        return str(uuid5(_SPACE, f"{self.instance}/{noun}/{position}"))


def parse(xml: bytes) -> Answers:
    """Read a submission; time and memory stay in proportion to its size, and no other document is looked at.

    Raises:
        UnreadableError: it is too large, too deep, not XML, declares a document type, or does not say which form
            and instance it is.

    """
    if len(xml) > XML_BYTES:
        raise UnreadableError("xml-too-large", "表单内容超过 2 MB。", "The form's content is over 2 MB.")
    root = _tree(xml)
    meta = root.first("meta")
    told = meta.first("instanceID") if meta else None
    instance = (told.text.strip() if told else "") or root.attributes.get("instanceID", "")
    form = root.attributes.get("id", "")
    if not form or not instance or len(instance) > MAX_ID or len(form) > MAX_ID:
        raise UnreadableError(
            "xml-unnamed", "缺少表单 id 或 instanceID。", "It does not say its form's id and its instanceID."
        )
    return Answers(root, instance, form, (root.attributes.get("version") or "")[:MAX_ID] or None)


def _tree(xml: bytes) -> Node:
    top = Node("", {}, [])
    path = [top]
    count = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal count
        count += 1
        if len(path) > MAX_DEPTH or count > MAX_ELEMENTS:
            raise UnreadableError(
                "xml-too-deep", "XML 嵌套过深或元素过多。", "The XML is nested too deeply, or has too many elements."
            )
        node = Node(_local(name), {_local(key): value for key, value in attributes.items()}, [])
        path[-1].children.append(node)
        path.append(node)

    def end(_: str) -> None:
        node = path.pop()
        node.text = "".join(pieces.pop(id(node), ()))

    pieces: dict[int, list[str]] = {}

    def data(text: str) -> None:
        pieces.setdefault(id(path[-1]), []).append(text)

    def forbid(*_: Any) -> None:
        raise UnreadableError(
            "xml-doctype", "XML 不得带有文档类型或实体声明。", "The XML must not declare a document type or entities."
        )

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, data
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = parser.ExternalEntityRefHandler = forbid
    parser.buffer_text = True
    try:
        parser.Parse(xml, True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise UnreadableError("xml-broken", f"不是完整的 XML：{error}。", f"It is not whole XML: {error}.") from error
    return top.children[0]


def _local(name: str) -> str:
    return name.rpartition(" ")[2]
