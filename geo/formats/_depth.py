"""How deep a JSON text nests, known before any parser builds what is nested."""

import numpy as np

from geo.formats._format import FormatError
from geo.text import Text

MAX_DEPTH = 64
"""A multipolygon in a feature collection needs 9; the rest is room for nested properties."""

_STEPS = np.zeros(256, dtype=np.int32)
_STEPS[[ord("["), ord("{")]] = 1
_STEPS[[ord("]"), ord("}")]] = -1


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
        quotes = np.cumsum(codes == ord('"'), dtype=np.int32) + self._is_in_string
        depths = self._depth + np.cumsum(_STEPS[codes] * (quotes % 2 == 0), dtype=np.int32)
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
