"""A sentence or a name in the two languages that every reader of Forest API may ask for."""

from msgspec import Struct


class Text(Struct, frozen=True):
    """The same words in Chinese and English."""

    zh: str
    en: str

    def format(self, **values: object) -> "Text":
        """Fill the `{name}` places of both languages with `values`."""
        return Text(self.zh.format(**values), self.en.format(**values))
