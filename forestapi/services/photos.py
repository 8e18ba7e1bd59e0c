"""Files of photos: on disk under their SHA-256, whole or not at all."""

import asyncio
import hashlib
import io
from pathlib import Path

import asyncpg

from forestapi.access import Actor
from forestapi.db.transaction import Transaction, transaction
from forestapi.errors import Invalid, NotFound, TooLarge, TooMany
from forestapi.records._sync import PHOTO_BYTES, PHOTO_PIXELS
from forestapi.services.keeping import keep
from forestapi.settings import Settings
from forestapi.store import photos as store
from geo.images import picture
from geo.text import Text

FOLDER = "photos"


def path_of(data: Path, sha256: str) -> Path:
    """Say where a file is in an instance's folder."""
    return data / FOLDER / sha256[:2] / sha256[2:4] / sha256


def owner_of(actor: Actor) -> str:
    """Name whose megabytes of a day a photo counts among: a device's, a crew's, or a token's."""
    return f"device {actor.device}" if actor.device else f"crew {actor.scope.crew}" if actor.scope.crew else f"token {actor.token}"


async def put(pool: asyncpg.Pool, actor: Actor, settings: Settings, sha256: str, content: bytes) -> bool:
    """Keep a photo's file; says whether it is new. It is on disk before the answer, and so is its row.

    Raises:
        TooLarge: over 8 MB or 20 megapixels.
        TooMany: the device, crew or token has handed in its megabytes of a day (to within what is under way).
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
    owner = owner_of(actor)
    async with transaction(pool, actor, is_read_only=True) as tx:
        is_here = await store.is_here(tx, sha256)
        if not is_here and settings.photo_mb_per_day:
            await _within_quota(tx, owner, len(content), settings.photo_mb_per_day)
    path = path_of(settings.data, sha256)
    if not path.exists():
        await asyncio.to_thread(keep, io.BytesIO(content), path, settings.data / FOLDER)
    async with transaction(pool, actor, is_durable=True) as tx:
        return await store.add_file(tx, sha256, found.mime, len(content), owner)


async def _within_quota(tx: Transaction, owner: str, size: int, most_mb: int) -> None:
    if await store.bytes_of_day(tx, owner) + size > most_mb * 1_000_000:
        raise TooMany(
            Text(f"24 小时内已上传 {most_mb} MB 照片；请明天再传。", f"{most_mb} MB of photos came within a day; send the rest tomorrow."),
            code="photo-quota",
        )


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
