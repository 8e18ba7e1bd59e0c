"""Devices: phones of a crew, the codes that enrol them, and the tokens that they carry."""

from datetime import datetime
from uuid import UUID

from forestapi.db.sql import Sql
from forestapi.db.transaction import Row, Transaction
from forestapi.store import scopes


async def insert(tx: Transaction, id: UUID, programme: str, crew: str, label: str) -> None:
    """Keep a new device, not enrolled yet."""
    await tx.run(
        "insert into forest.device (id, programme, crew, label, made_by) values ($1, $2, $3, $4, $5)",
        id, programme, crew, label, tx.actor,
    )  # fmt: skip


async def add_code(tx: Transaction, device: UUID, sha256: bytes, expires_at: datetime) -> None:
    """Keep the hash of a code; run as the owner of the database."""
    await tx.run(
        "insert into forest.device_code (sha256, device, expires_at) values ($1, $2, $3)", sha256, device, expires_at
    )


async def use_code(tx: Transaction, sha256: bytes) -> Row | None:
    """Use a code up; give its device and crew, or None if it is unknown, used, too old, or the device revoked."""
    return await tx.row(
        """with used as (update forest.device_code set used_at = now()
          where sha256 = $1 and used_at is null and expires_at > now() returning device)
        update forest.device d set enrolled_at = now() from used, forest.crew c, forest.programme p
        where d.id = used.device and d.revoked_at is null and c.code = d.crew and p.code = d.programme
        returning d.id, d.label, d.programme, d.crew, c.name_zh as crew_zh, c.name_en as crew_en,
          p.name_zh as programme_zh, p.name_en as programme_en""",
        sha256,
    )


async def bind_token(tx: Transaction, token: UUID, device: UUID) -> None:
    """Say that a token is this device's; the device's earlier tokens end."""
    await tx.run("update forest.token set revoked_at = now() where device = $1 and revoked_at is null", device)
    await tx.run("update forest.token set device = $2 where id = $1", token, device)


async def get(tx: Transaction, id: UUID) -> Row | None:
    """Read one device within the token's reach."""
    return await tx.row(
        Sql("select d.id, d.programme, d.crew, d.label, d.revoked_at from forest.device d where d.id = {} and {}", id, scopes.of_crew(tx.scope, "d"))
    )


async def listing(tx: Transaction) -> list[Row]:
    """List the devices within the token's reach, newest first."""
    return await tx.rows(
        Sql(
            "select d.id, d.label, d.crew, d.programme, d.enrolled_at, d.seen_at, d.revoked_at, d.revoke_reason"
            " from forest.device d where {} order by d.made_at desc, d.id",
            scopes.of_crew(tx.scope, "d"),
        )
    )


async def revoke(tx: Transaction, id: UUID, reason: str) -> Row | None:
    """Revoke a device; a second time changes nothing. None if there is none within reach."""
    return await tx.row(
        Sql(
            """update forest.device d set revoked_at = coalesce(revoked_at, now()), revoke_reason = coalesce(revoke_reason, {})
            where d.id = {} and {} returning d.id, d.label, d.crew, d.programme, d.enrolled_at, d.seen_at, d.revoked_at,
            d.revoke_reason""",
            reason, id, scopes.of_crew(tx.scope, "d"),
        )  # fmt: skip
    )


async def seen(tx: Transaction, id: UUID) -> None:
    """Put down that a device was heard of; to the minute."""
    await tx.run(
        "update forest.device set seen_at = now() where id = $1 and (seen_at is null or seen_at < now() - interval '1 minute')",
        id,
    )


async def progress(tx: Transaction, id: UUID) -> tuple[int, list[tuple[int, int]]]:
    """Say up to which number all operations of a device are here, in the ledger or in quarantine, and which gaps come after."""
    rows = await tx.rows(
        """select seq, next from (select seq, lead(seq) over (order by seq) as next from (
          select 0::bigint as seq union select seq from forest.sync_operation where device = $1
          union select seq from forest.sync_quarantine where device = $1 and seq is not null) s) g
        where next is null or next > seq + 1 order by seq""",
        id,
    )
    return rows[0]["seq"], [(row["seq"] + 1, row["next"] - 1) for row in rows if row["next"] is not None]
