"""File formats: a folder that is a registry, one file per format declaring `FORMAT`.

What reads here parses hostile bytes, and runs in the child process (`geo.reading_child`) only; the parent asks
`geo.reading.read_layer`. What writes is given our own rows, and runs in a thread of whoever exports.
"""

import importlib
import pkgutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from geo.formats._format import (
    GEOMETRY,
    JSON,
    MAX_VERTICES,
    PROBLEMS,
    Format,
    FormatError,
    GeometryAs,
    Layer,
    Opened,
    Record,
    Source,
)
from geo.formats._geojson_shape import Shape, shape_of
from geo.text import Text

__all__ = [
    "GEOMETRY",
    "JSON",
    "MAX_VERTICES",
    "PROBLEMS",
    "Format",
    "FormatError",
    "GeometryAs",
    "Layer",
    "Opened",
    "Record",
    "Shape",
    "Source",
    "formats",
    "format_of",
    "shape_of",
]


@cache
def formats() -> dict[str, Format]:
    """Give every registered format by name.

    Raises:
        LookupError: a module declares no `FORMAT` of the module's own name.

    """
    return {declared.name: declared for declared in _one_by_one()}


def _one_by_one() -> Iterator[Format]:
    """Import the formats one at a time: some of them bring heavy libraries that others do not need."""
    for module_info in sorted(pkgutil.iter_modules(__path__), key=lambda m: m.name):
        if module_info.name.startswith("_"):
            continue
        declared = getattr(importlib.import_module(f"{__name__}.{module_info.name}"), "FORMAT", None)
        if declared is None or declared.name != module_info.name:
            raise LookupError(f"{module_info.name} declares no FORMAT of its own name")
        yield declared


def format_of(path: Path, name: str | None = None) -> Format:
    """Choose the format by name, else by the suffix of the file.

    Raises:
        FormatError: unknown-format, listing what is known.

    """
    for candidate in _one_by_one():
        if candidate.name == name or (name is None and path.suffix.lower() in candidate.suffixes):
            return candidate
    shown = name or path.suffix or path.name
    suffixes = " ".join(suffix for f in formats().values() for suffix in f.suffixes)
    raise FormatError(
        "unknown-format",
        Text(zh=f"不认识格式“{shown}”。可用：{suffixes}", en=f"Unknown format “{shown}”. Known: {suffixes}"),
    )
