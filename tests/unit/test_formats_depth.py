import pytest

from geo.formats import FormatError
from geo.formats._depth import MAX_DEPTH, DepthGuard


def feed(text: bytes, size: int) -> None:
    guard = DepthGuard()
    for i in range(0, len(text), size):
        guard.feed(text[i : i + size])


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_depth_is_followed_across_chunks(size: int) -> None:
    feed(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH, size)
    feed(b"[{}]" * 500, size)
    with pytest.raises(FormatError) as caught:
        feed(b'{"a":' * 3 + b"[" * (MAX_DEPTH - 2), size)
    assert caught.value.code == "too-deep"


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_brackets_in_strings_do_not_count(size: int) -> None:
    brackets = b"[" * 100
    feed(b'{"a":"' + brackets + b'"}', size)
    feed(b'{"a":"\\"' + brackets + b'\\\\","b":"\\\\\\"' + brackets + b'"}', size)
    with pytest.raises(FormatError):
        feed(b'{"a":"\\\\",' + brackets, size)
