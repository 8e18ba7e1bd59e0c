"""What a page of the reference is, and the bits of Markdown that pages share."""

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterable, Sequence

from msgspec import Struct

from geo.text import Text


class Page(Struct, frozen=True, kw_only=True):
    """One page: `write` gives its Markdown, the same each time for the same code."""

    name: str
    title: str
    about: str
    """One line for the list of pages."""
    write: Callable[[], str]


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a table; cells are Markdown, line breaks and bars in them are taken care of."""
    lines = [_row(header), _row(["---"] * len(header)), *(_row(row) for row in rows)]
    return "\n".join(lines) + "\n"


def _row(cells: Sequence[str]) -> str:
    plain = (" ".join(cell.split()).replace("|", "\\|") for cell in cells)
    return f"| {' | '.join(plain)} |"


def both(text: Text) -> str:
    """Write a short text in both languages, as one line."""
    return text.en if text.zh == text.en else f"{text.en} {text.zh}"


def quoted(text: Text) -> str:
    """Write a long text in both languages, a paragraph each."""
    return f"{text.en}\n\n{text.zh}\n"


def codes(values: Iterable[object]) -> str:
    """Write values as code, comma-separated."""
    return ", ".join(f"`{value}`" for value in values)


def field_docs(kind: type) -> dict[str, str]:
    """Read the sentences that stand below the fields of a class."""
    body = ast.parse(textwrap.dedent(inspect.getsource(kind))).body[0]
    assert isinstance(body, ast.ClassDef)
    docs: dict[str, str] = {}
    field = None
    for node in body.body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            field = node.target.id
        elif field and isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            docs[field] = " ".join(str(node.value.value).split())
            field = None
        else:
            field = None
    return docs


def first_sentences(kind: object) -> str:
    """Give a docstring's first paragraph, as one line."""
    return " ".join((inspect.getdoc(kind) or "").split("\n\n")[0].split())
