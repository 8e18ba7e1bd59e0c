"""What a phone says about a photo."""

from typing import Any
from uuid import UUID

import msgspec

from forestapi.db.transaction import Transaction
from forestapi.errors import Invalid, Problem
from forestapi.records import nouns
from forestapi.records._sync import Photo
from forestapi.services import records
from forestapi.services.syncing._result import Result, waiting
from forestapi.store import operations
from forestapi.store import photos as store
from geo.text import Text


async def apply(tx: Transaction, key: str, action: str, content: dict[str, Any]) -> Result:
    """Put a photo's description in, or take it out; its file comes by itself.

    Raises:
        Invalid: it cannot be read, or a photo is to be changed.

    """
    if action == "delete":
        return Result(outcome="updated" if await store.remove(tx, UUID(key)) else "unchanged")
    if action == "update":
        message = Text("照片不能修改；请删除后重拍。", "A photo is not changed; delete it and take another.")
        raise Invalid(message, problems=[Problem(field="action", message=message)])
    try:
        photo = msgspec.convert(content, Photo)
    except msgspec.ValidationError as error:
        raise records.misshapen(error) from error
    if await operations.absent(tx, nouns()[photo.subject_noun].table, [photo.subject]):
        return waiting([photo.subject])
    home = next(iter(tx.scope.programmes or ()), None)
    outcome = await store.insert(tx, UUID(key), photo, programme=home, crew=tx.scope.crew)
    if outcome == "conflict":
        message = Text("此编号已是另一张照片。", "This id is another photo's.")
        raise Invalid(message, problems=[Problem(field="key", message=message)])
    return Result(outcome=outcome, revision=1)
