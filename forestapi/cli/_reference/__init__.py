"""The reference, written from the registries: a folder that is a registry, one page a file, declaring `PAGE`."""

import sys
from pathlib import Path

from forestapi.cli._reference._page import Page
from forestapi.registry import discover

__all__ = ["Page", "files", "pages", "stale", "write"]

NOTICE = "<!-- Written by `forest docs` from the code; change it there, then run the command again. -->\n"


def pages() -> dict[str, Page]:
    """Give every page by its name."""
    return discover(sys.modules[__name__], "PAGE")  # type: ignore[return-value]


def files() -> dict[str, str]:
    """Write every page, and the list of them: file name -> Markdown."""
    written = {f"{page.name}.md": f"{NOTICE}\n{page.write().rstrip()}\n" for page in pages().values()}
    listed = "\n".join(f"- [{page.title}]({page.name}.md): {page.about}" for page in pages().values())
    written["README.md"] = f"{NOTICE}\n# Reference\n\n{listed}\n"
    return written


def stale(folder: Path) -> list[str]:
    """List the files of `folder` that are not what the code says: missing, different or no page's."""
    wanted = files()
    there = {path.name: path.read_text("utf-8") for path in folder.glob("*.md")}
    return sorted(name for name in {*wanted, *there} if wanted.get(name) != there.get(name))


def write(folder: Path) -> list[str]:
    """Write the files that are stale, remove those that are no page's, and list their names."""
    wanted, changed = files(), stale(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for name in changed:
        if name in wanted:
            (folder / name).write_text(wanted[name], "utf-8")
        else:
            (folder / name).unlink()
    return changed
