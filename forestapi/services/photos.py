"""The bytes of photos: kept under their hash, whole or not at all."""

import asyncio
import hashlib
import os
import secrets
from pathlib import Path

import asyncpg

from forestapi.access import Actor
from forestapi.db.transaction import Transaction, transaction
from forestapi.errors import Invalid, NotFound
from forestapi.records._photos import MOST_PIXELS
from forestapi.store import photos as store
from geo.images import look_at
from geo.text import Text


async def keep(pool: asyncpg.Pool, actor: Actor, data: Path, sha256: str, content: bytes) -> bool:
    """Keep a photo's bytes; say whether they were not here yet. The same bytes can be sent as often as one likes.

    Raises:
        Invalid: the bytes are not those of the hash, no image, or one of too many pixels.

    """
    if hashlib.sha256(content).hexdigest() != sha256:
        raise Invalid(
            Text(
                "照片内容与地址中的哈希不符（传输中断？）；请重新发送。",
                "The bytes are not those of the hash in the address (cut on the way?); send them again.",
            ),
            code="hash-differs",
        )
    image = look_at(content)
    if image is None or image.width * image.height > MOST_PIXELS or not image.width * image.height:
        raise Invalid(
            Text(
                "请发送至多 2000 万像素的 JPEG、PNG 或 WebP 照片。",
                "Send a JPEG, PNG or WebP of at most 20 million pixels.",
            ),
            code="not-a-photo",
        )
    await asyncio.to_thread(write, path_of(data, sha256), content)
    async with transaction(pool, actor) as tx:
        await tx.run("select set_config('synchronous_commit', 'on', true)")
        return await store.add_file(tx, sha256, image.mime, len(content), image.width, image.height)


async def find(tx: Transaction, data: Path, sha256: str) -> tuple[Path, str]:
    """Find a photo's bytes and media type.

    Raises:
        NotFound: there is none within the token's reach.

    """
    row = await store.file_of(tx, sha256)
    path = path_of(data, sha256)
    if row is None or not path.exists():
        raise NotFound(Text(f"没有照片 {sha256}。", f"There is no photo {sha256}."))
    return path, row["mime"]


def path_of(data: Path, sha256: str) -> Path:
    """Say where the bytes of a hash lie; in `files`, so that every backup has them."""
    return data / "files" / "photos" / sha256[:2] / sha256[2:4] / sha256


def write(path: Path, content: bytes) -> None:
    """Write bytes so that after a power cut they are there whole or not at all."""
    if path.exists() and path.stat().st_size == len(content):
        return
    made = []
    folder = path.parent
    while not folder.exists():
        made.append(folder)
        folder = folder.parent
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    scratch = path.with_name(f".{secrets.token_hex(8)}")
    try:
        with open(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(scratch, path)
    except BaseException:
        scratch.unlink(missing_ok=True)
        raise
    for folder in (path.parent, *(each.parent for each in made)):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
