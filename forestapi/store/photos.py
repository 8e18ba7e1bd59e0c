"""Which photos' bytes are here, and whose they are."""

from forestapi.db.sql import Sql
from forestapi.db.transaction import Row, Transaction
from forestapi.store.scopes import within


async def add_file(tx: Transaction, sha256: str, mime: str, size_bytes: int, width: int, height: int) -> bool:
    """Put down that a photo's bytes are here; say whether they were not before."""
    tag = await tx.run(
        """insert into forest.photo_file (sha256, mime, size_bytes, width, height, actor, era)
        values ($1, $2, $3, $4, $5, $6, forest.current_era()) on conflict do nothing""",
        sha256, mime, size_bytes, width, height, tx.actor,
    )  # fmt: skip
    return tag == "INSERT 0 1"


async def file_of(tx: Transaction, sha256: str) -> Row | None:
    """Find a photo's bytes, if a photo within the token's reach names them."""
    return await tx.row(
        Sql(
            """select f.sha256, f.mime, f.size_bytes from forest.photo_file f where f.sha256 = {}
              and exists (select from forest.photos where file = {} and {})""",
            sha256,
            sha256,
            within("photos", tx.scope),
        )
    )
