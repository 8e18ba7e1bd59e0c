"""Photos that come with forms: described and kept like those of the field app, with the record that they show."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID, uuid5

from forestapi.db.transaction import Transaction
from forestapi.records._sync import PHOTO_BYTES, PHOTO_PIXELS, Photo
from forestapi.services import photos
from forestapi.services.keeping import keep
from forestapi.store import collecting as store
from forestapi.store import photos as photos_store
from forestapi.store.collecting import Attached
from geo.images import Picture, picture

_SPACE = UUID("b1f0d3f6-52a0-5a39-8a41-3b0c2f6c9d11")
"""Ids of photos that came with a form are named within this space; it never changes."""


async def add(tx: Transaction, data: Path, instance: str, subjects: Sequence[tuple[str, str, str]], files: Sequence[tuple[Attached, Path]]) -> None:
    """Make photo records of the files that answers name. What is no picture, or too large, stays with the form only.

    The same file for the same record again is the same photo.

    Args:
        tx: the transaction.
        data: the instance's folder.
        instance: the form's.
        subjects: (file name, noun, id) of each answer that names a file, and of the record that it belongs to.
        files: what came with this request, and where its bytes are.

    """
    assert tx.who is not None  # a form comes with a token
    by_name = {file.file_name: (file, path) for file, path in files}
    for name, noun, subject in subjects:
        if name not in by_name:
            continue
        file, path = by_name[name]
        found = await asyncio.to_thread(_picture, path)
        whose = await store.programme_of(tx, noun, subject, instance)
        if found is None or whose is None:
            continue
        kept = photos.path_of(data, file.sha256)
        if not kept.exists():
            await asyncio.to_thread(_keep, path, kept, data)
        await photos_store.add_file(tx, file.sha256, found.mime, file.bytes, photos.owner_of(tx.who))
        photo = Photo(
            subject_noun=noun, subject=UUID(subject), mime=found.mime, size=file.bytes, file=file.sha256,  # type: ignore[arg-type]
        )  # fmt: skip
        id = uuid5(_SPACE, f"{subject}\n{file.sha256}")
        await photos_store.insert(tx, id, photo, programme=whose["programme"], crew=tx.scope.crew or whose["crew"])


def _picture(path: Path) -> Picture | None:
    if path.stat().st_size > PHOTO_BYTES:
        return None
    found = picture(path.read_bytes())
    return found if found and 0 < found.width * found.height <= PHOTO_PIXELS else None


def _keep(path: Path, kept: Path, data: Path) -> None:
    with path.open("rb") as source:
        keep(source, kept, data / photos.FOLDER)
