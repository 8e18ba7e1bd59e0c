"""Photos: what is said of each, and which files are here."""

from typing import Literal
from uuid import UUID

from forestapi.db.sql import Sql
from forestapi.db.transaction import Row, Transaction
from forestapi.records._sync import Photo
from forestapi.store import scopes


async def insert(
    tx: Transaction, id: UUID, photo: Photo, *, programme: str | None, crew: str | None
) -> Literal["created", "unchanged", "conflict"]:
    """Keep what is said of a photo, as the programme's and the crew's."""
    row = await tx.row(
        """insert into forest.photo (id, programme, crew, file, subject_noun, subject, taken_at, lon, lat, accuracy_m, mime, size)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) on conflict (id) do nothing returning id""",
        id, programme, crew, photo.file, photo.subject_noun, photo.subject,
        photo.taken_at, photo.lon, photo.lat, photo.accuracy_m, photo.mime, photo.size,
    )  # fmt: skip
    if row is not None:
        return "created"
    same = await tx.value(
        Sql("select p.file = {} and p.subject = {} from forest.photo p where p.id = {} and {}",
            photo.file, photo.subject, id, scopes.of_crew(tx.scope, "p"))
    )  # fmt: skip
    return "unchanged" if same else "conflict"


async def remove(tx: Transaction, id: UUID) -> bool:
    """Take a photo's description out, within reach; its file stays."""
    return await tx.run(Sql("delete from forest.photo p where p.id = {} and {}", id, scopes.of_crew(tx.scope, "p"))) == "DELETE 1"


async def named(tx: Transaction, sha256: str) -> Row | None:
    """Find a file that a photo within reach names and that is here."""
    return await tx.row(
        Sql(
            """select f.sha256, f.mime, f.size from forest.photo_file f where f.sha256 = {}
            and exists (select from forest.photo p where p.file = f.sha256 and {})""",
            sha256, scopes.of_crew(tx.scope, "p"),
        )  # fmt: skip
    )


async def is_here(tx: Transaction, sha256: str) -> bool:
    """Whether a file is here."""
    return await tx.value("select exists (select from forest.photo_file where sha256 = $1)", sha256)


async def bytes_of_day(tx: Transaction, owner: str) -> int:
    """Add up the files that an owner handed in within the last day."""
    return await tx.value(
        "select coalesce(sum(size), 0)::bigint from forest.photo_file where owner = $1 and received_at > now() - interval '1 day'",
        owner,
    )


async def add_file(tx: Transaction, sha256: str, mime: str, size: int, owner: str) -> bool:
    """Put down that a file is on disk, and who handed it in; says whether that is new."""
    return (
        await tx.run(
            "insert into forest.photo_file (sha256, mime, size, owner, era) values ($1, $2, $3, $4, forest.current_era())"
            " on conflict (sha256) do nothing",
            sha256, mime, size, owner,
        )
        == "INSERT 0 1"
    )  # fmt: skip


async def incomplete(tx: Transaction, ids: list[UUID]) -> set[str]:
    """Find the photos whose files are not here yet."""
    rows = await tx.rows(
        """select p.id::text as id from forest.photo p where p.id = any($1)
        and not exists (select from forest.photo_file f where f.sha256 = p.file)""",
        ids,
    )
    return {row["id"] for row in rows}
