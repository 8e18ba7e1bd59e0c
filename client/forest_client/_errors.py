"""What the server says is wrong, as an exception."""

from typing import Any

import httpx


class ForestError(Exception):
    """A request that was not answered as wished; `code` is stable, `str()` is in English, `text_zh` in Chinese."""

    def __init__(self, code: str, text: str, *, text_zh: str = "", status: int | None = None, problems: list[Any] | None = None) -> None:
        """Keep what the server said; `status` is None where it was not reached."""
        self.code, self.text, self.text_zh, self.status = code, text, text_zh, status
        self.problems = problems or []
        super().__init__(f"{text} [{code}]")


def error_of(response: httpx.Response) -> ForestError:
    """Read an answer that is no success: a problem document, or whatever a proxy in between has to say."""
    try:
        document = response.json()
        return ForestError(
            document["code"], document["detail"], text_zh=document.get("detail_zh", ""), status=response.status_code,
            problems=document.get("problems"),
        )  # fmt: skip
    except (ValueError, KeyError, TypeError):
        said = response.text[:200].strip()
        return ForestError("no-answer", f"{response.url} answered {response.status_code}: {said}", status=response.status_code)
