"""Collecting with ODK Collect: forms that a phone downloads, and what becomes of them when they are filled in.

A form is one file of this folder that declares its `FORM`.
"""

import hashlib
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import asyncpg

from forestapi.access import Actor
from forestapi.db.transaction import transaction
from forestapi.errors import NotFound
from forestapi.registry import discover
from forestapi.services.collecting import _lists, _receiving
from forestapi.services.collecting._answers import XML_BYTES
from forestapi.services.collecting._form import Built, Form, build
from forestapi.services.collecting._receiving import Outcome, Reply, Upload
from forestapi.services.collecting._setting_up import KINDS, drawn, packed, printed, settings_of
from geo.text import Text

__all__ = [
    "KINDS",
    "XML_BYTES",
    "Built",
    "Form",
    "Outcome",
    "Reply",
    "Upload",
    "built",
    "drawn",
    "forms",
    "md5",
    "media",
    "packed",
    "printed",
    "receive",
    "settings_of",
]


def forms() -> dict[str, Form]:
    """Give the forms by their names."""
    return discover(sys.modules[__name__], "FORM")  # type: ignore[return-value]


@cache
def built(name: str) -> Built:
    """Give a form as it is downloaded; each is made once.

    Raises:
        NotFound: there is no such form.

    """
    return build(_form(name))


async def media(pool: asyncpg.Pool, actor: Actor, form: str, only: str | None = None) -> dict[str, bytes]:
    """Write the lists that go with a form as this token sees them: file name -> CSV.

    Asked for all, they are to be summed up, and handed to nobody; names are logged as read when one is asked for.

    Args:
        pool: the database's connections.
        actor: whose token it is.
        form: the form's name.
        only: the one file that is wanted; left out, all of them.

    Raises:
        NotFound: there is no such form, or it has no such list.

    """
    names = [name for name in _form(form).media if only in (None, f"{name}.csv")]
    if not names and only is not None:
        raise NotFound(Text(f"表单 {form} 没有文件 {only}。", f"The form {form} has no file {only}."))
    async with transaction(pool, actor) as tx:
        reason = None if only is None else f"ODK Collect: {only} of the form {form}"
        return {f"{name}.csv": await _lists.write(tx, name, reason) for name in names}


async def receive(
    pool: asyncpg.Pool, actor: Actor, data: Path, xml: bytes, uploads: Sequence[Upload]
) -> Reply:
    """Take in one request of a phone; see `_receiving.receive`."""
    return await _receiving.receive(pool, actor, data, forms(), xml, uploads)


def md5(content: bytes) -> str:
    """Hash what is downloaded, as OpenRosa compares it; nothing rests on its strength."""
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def _form(name: str) -> Form:
    found = forms().get(name)
    if found is None:
        raise NotFound(Text(f"没有表单 {name}。", f"There is no form {name}."))
    return found
