"""Reading vector tiles by the wire format of protocol buffers: enough of it to check what a tile holds."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass
class Feature:
    """One feature: its kind (1 point, 2 line, 3 polygon), coordinates in the tile and properties."""

    kind: int
    points: list[tuple[int, int]]
    properties: dict[str, Any]


def read(tile: bytes) -> dict[str, list[Feature]]:
    """Read a tile: layer -> features. Raises ValueError where it is not well formed."""
    return dict(_layer(content) for number, content in _fields(tile) if number == 3)


def _layer(content: bytes) -> tuple[str, list[Feature]]:
    name, keys, values, raw, extent = "", [], [], [], 4096
    for number, value in _fields(content):
        match number:
            case 1:
                name = value.decode()
            case 2:
                raw.append(value)
            case 3:
                keys.append(value.decode())
            case 4:
                values.append(_value(value))
            case 5:
                extent = value
    if extent != 4096:
        raise ValueError(f"extent {extent}")
    return name, [_feature(content, keys, values) for content in raw]


def _feature(content: bytes, keys: list[str], values: list[Any]) -> Feature:
    tags, kind, commands = [], 0, []
    for number, value in _fields(content):
        if number == 2:
            tags = list(_varints(value))
        elif number == 3:
            kind = value
        elif number == 4:
            commands = list(_varints(value))
    properties = {keys[k]: values[v] for k, v in zip(tags[::2], tags[1::2], strict=True)}
    return Feature(kind, _points(commands), properties)


def _points(commands: list[int]) -> list[tuple[int, int]]:
    points, x, y, position = [], 0, 0, 0
    while position < len(commands):
        command, count = commands[position] & 7, commands[position] >> 3
        position += 1
        if command == 7:
            continue
        for _ in range(count):
            x += _zigzag(commands[position])
            y += _zigzag(commands[position + 1])
            position += 2
            points.append((x, y))
    return points


def _value(content: bytes) -> Any:
    for number, value in _fields(content):
        if number == 1:
            return value.decode()
        if number in (2, 3):
            return struct.unpack("<f" if number == 2 else "<d", value)[0]
        if number in (4, 5):
            return value
        if number == 6:
            return _zigzag(value)
        if number == 7:
            return bool(value)
    raise ValueError("a value of no type")


def _fields(content: bytes) -> Iterator[tuple[int, Any]]:
    position = 0
    while position < len(content):
        head, position = _varint(content, position)
        number, wire = head >> 3, head & 7
        if wire == 0:
            value, position = _varint(content, position)
        elif wire in (1, 5):
            length = 8 if wire == 1 else 4
            value, position = content[position : position + length], position + length
        elif wire == 2:
            length, position = _varint(content, position)
            value, position = content[position : position + length], position + length
            if len(value) != length:
                raise ValueError("the tile ends too early")
        else:
            raise ValueError(f"wire type {wire}")
        yield number, value


def _varints(content: bytes) -> Iterator[int]:
    position = 0
    while position < len(content):
        value, position = _varint(content, position)
        yield value


def _varint(content: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = content[position]
        position += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, position
        shift += 7


def _zigzag(value: int) -> int:
    return (value >> 1) ^ -(value & 1)
