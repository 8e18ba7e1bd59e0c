"""SQL text and the values in it, kept together until a statement runs: no value ever becomes text."""

from typing import Any


class Sql:
    """A piece of SQL whose `{}` places hold values or further pieces.

    `Sql("area_m2 > {}", 10)` renders as `area_m2 > $1` with `[10]`; pieces nest:
    `Sql("a and {}", Sql("b = {}", 1))`.
    """

    __slots__ = ("text", "values")

    def __init__(self, text: str, *values: Any) -> None:
        """Keep `text` and its `values`; there must be as many of these as `{}` places."""
        if text.count("{}") != len(values):
            raise ValueError(f"{text!r} has {text.count('{}')} places for {len(values)} values")
        self.text = text
        self.values = values

    def render(self) -> tuple[str, list[Any]]:
        """Return the statement with numbered places, and the values for them."""
        arguments: list[Any] = []
        return self._number(arguments), arguments

    def _number(self, arguments: list[Any]) -> str:
        head, *tails = self.text.split("{}")
        parts = [head]
        for value, tail in zip(self.values, tails, strict=True):
            if isinstance(value, Sql):
                parts.append(value._number(arguments))
            else:
                arguments.append(value)
                parts.append(f"${len(arguments)}")
            parts.append(tail)
        return "".join(parts)


def all_of(conditions: list[Sql]) -> Sql:
    """Join conditions with `and`; none at all is true."""
    if not conditions:
        return Sql("true")
    return Sql(" and ".join(["({})"] * len(conditions)), *conditions)


def identifiers(names: list[str] | tuple[str, ...], prefix: str = "") -> str:
    """List column names, quoted, for a statement's text; `prefix` is a table alias with its dot."""
    return ", ".join(f'{prefix}"{name}"' for name in names)
