"""Files of photos: on disk under their SHA-256, whole or not at all."""

import asyncio
import hashlib
import io
from pathlib import Path

import asyncpg

from forestapi.access import Actor
from forestapi.db.transaction import Transaction, transaction
from forestapi.errors import Invalid, NotFound, TooLarge
from forestapi.records._sync import PHOTO_BYTES, PHOTO_PIXELS
from forestapi.services.keeping import keep
from forestapi.store import photos as store
from geo.images import picture
from geo.text import Text

FOLDER = "photos"


def path_of(data: Path, sha256: str) -> Path:
    """Say where a file is in an instance's folder."""
    return data / FOLDER / sha256[:2] / sha256[2:4] / sha256


async def put(pool: asyncpg.Pool, actor: Actor, data: Path, sha256: str, content: bytes) -> bool:
    """Keep a photo's file; says whether it is new. It is on disk before the answer, and so is its row.

    Raises:
        TooLarge: over 8 MB or 20 megapixels.
        Invalid: it is no picture, or other bytes than the hash says (`hash-differs`); nothing is kept.

    """
    if len(content) > PHOTO_BYTES:
        raise TooLarge(Text("照片超过 8 MB；请缩小。", "The photo is over 8 MB; make it smaller."))
    if hashlib.sha256(content).hexdigest() != sha256:
        raise Invalid(
            Text("收到的内容与地址中的 SHA-256 不符；请重发。", "These bytes are not what the SHA-256 in the address says; send them again."),
            code="hash-differs",
        )
    found = picture(content)
    if found is None:
        raise Invalid(Text("不是 JPEG、PNG 或 WebP 图片。", "This is no JPEG, PNG or WebP."), code="not-a-photo")
    if not 0 < found.width * found.height <= PHOTO_PIXELS:
        raise TooLarge(Text("照片超过 2000 万像素；请缩小。", "The photo has over 20 megapixels; make it smaller."))
    path = path_of(data, sha256)
    if not path.exists():
        await asyncio.to_thread(keep, io.BytesIO(content), path, data / FOLDER)
    async with transaction(pool, actor, is_durable=True) as tx:
        return await store.add_file(tx, sha256, found.mime, len(content))


async def get(tx: Transaction, data: Path, sha256: str) -> tuple[Path, str]:
    """Find a photo's file, of which a description is within the token's reach, and its media type.

    Raises:
        NotFound: there is none.

    """
    row = await store.named(tx, sha256)
    path = path_of(data, sha256)
    if row is None or not path.is_file():
        raise NotFound(Text("没有这张照片。", "There is no such photo."))
    return path, row["mime"]
