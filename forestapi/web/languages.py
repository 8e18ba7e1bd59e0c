"""The languages of the pages: which there are, which one a reader gets, and a page's words in one of them."""

from collections.abc import Mapping

from geo.text import Text

LANGUAGES = {"zh": "zh-CN", "en": "en"}
"""The languages of the pages, and what each is called in HTML."""


def catalogue(words: Mapping[str, Text], language: str) -> dict[str, str]:
    """Give every word of a page in one language.

    Raises:
        KeyError: the language is none of `LANGUAGES`.

    """
    if language not in LANGUAGES:
        raise KeyError(language)
    return {key: getattr(text, language) for key, text in words.items()}


def choose(asked: str | None, cookie: str | None, setting: str, accept: str) -> str:
    """Choose a page's language: the address, the reader's cookie, the setting, the browser; else `zh`."""
    for wish in (asked, cookie, setting):
        known = _known(wish or "")
        if known:
            return known
    ranked = []
    for place, item in enumerate(accept.split(",")):
        tag, _, quality = item.strip().partition(";q=")
        try:
            weight = float(quality) if quality else 1.0
        except ValueError:
            weight = 0.0
        ranked.append((-weight, place, tag))
    for weight, _place, tag in sorted(ranked):
        if weight < 0 and _known(tag):
            return _known(tag)
    return "zh"


def _known(tag: str) -> str:
    """Shorten a language tag to `zh` or `en`; empty where it is neither."""
    short = tag.strip().lower()[:2]
    return short if short in LANGUAGES else ""
