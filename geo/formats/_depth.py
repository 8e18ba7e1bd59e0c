"""How deep a JSON text nests, known before any parser builds what is nested."""

import numpy as np

from geo.formats._format import FormatError
from geo.text import Text

MAX_DEPTH = 64
"""A multipolygon in a feature collection needs 9; the rest is room for nested properties."""

_OPENING = (ord("["), ord("{"))
_CLOSING = (ord("]"), ord("}"))


class DepthGuard:
    """Follows brackets outside strings, chunk by chunk."""

    def __init__(self) -> None:
        """Start outside everything."""
        self._depth = 0
        self._is_in_string = False
        self._carry = b""

    def feed(self, chunk: bytes) -> None:
        """Look at the next chunk.

        Raises:
            FormatError: too-deep.

        """
        text = (self._carry + chunk).replace(b"\\\\", b"__").replace(b'\\"', b"__")
        self._carry = b"\\" if text.endswith(b"\\") else b""
        codes = np.frombuffer(text[: len(text) - len(self._carry)], dtype=np.uint8)
        if not len(codes):
            return
        quotes = np.cumsum(codes == ord('"')) + self._is_in_string
        is_outside = quotes % 2 == 0
        steps = np.isin(codes, _OPENING).astype(np.int64) - np.isin(codes, _CLOSING)
        depths = self._depth + np.cumsum(np.where(is_outside, steps, 0))
        if depths.max() > MAX_DEPTH:
            raise FormatError(
                "too-deep",
                Text(
                    zh=f"JSON 嵌套超过 {MAX_DEPTH} 层，不予读取。请检查文件，或重新导出。",
                    en=f"The JSON nests deeper than {MAX_DEPTH} levels and is not read. Export it again.",
                ),
            )
        self._depth = int(depths[-1])
        self._is_in_string = bool(quotes[-1] % 2)
