"""Who workers are: written here, sealed, in the schema `people`, and read only by whoever says why."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from forestapi.access import reaches
from forestapi.db.sql import Sql
from forestapi.db.transaction import Row, Transaction
from forestapi.records import Document
from forestapi.store import scopes
from forestapi.vault import wrong_key


async def identify(tx: Transaction, documents: list[Document]) -> None:
    """Keep the identities that came with workers (`identity` of each document), whole; an erased one stays so.

    Raises:
        Unavailable: the instance's master key is not this database's.

    """
    if not documents:
        return
    await _check_key(tx)
    sealed = [tx.vault.seal(str(d["id"]), d["identity"]) for d in documents]
    await tx.run(
        "select people.keep($1::uuid[], $2::bytea[], $3::bytea[], $4::bytea[], $5::bytea[])",
        [str(d["id"]) for d in documents],
        [each.wrapped for each in sealed],
        [each.sealed for each in sealed],
        [each.sealed_name for each in sealed],
        [each.digest for each in sealed],
    )


async def by_keys(tx: Transaction, keys: list[str]) -> dict[str, str]:
    """Find workers by what sheets call them: key -> worker's id. Only its HMAC is known to the database."""
    if not keys:
        return {}
    await _check_key(tx)
    hashed = {tx.vault.lookup(key): key for key in keys}
    rows = await tx.rows("select key, worker::text as worker from people.find($1::bytea[])", list(hashed))
    return {hashed[row["key"]]: row["worker"] for row in rows}


async def name_keys(tx: Transaction, keys: dict[str, str]) -> None:
    """Remember what a sheet calls each worker: key -> worker's id."""
    if keys:
        hashed = [tx.vault.lookup(key) for key in keys]
        await tx.run("select people.name_by($1::bytea[], $2::uuid[])", hashed, list(keys.values()))


async def sealed(tx: Transaction, worker: UUID) -> Row | None:
    """Read an identity as it is stored, with whether it was erased; None if there is none within reach."""
    return await tx.row(
        "select wrapped, sealed, erased_at from people.sealed_identity where worker = $1", worker
    )


async def sealed_names(tx: Transaction, workers: Sequence[str]) -> list[Row]:
    """Read the names of workers as they are sealed, of those within reach that have one and were not erased."""
    return await tx.rows(
        """select worker::text as worker, wrapped, sealed_name from people.sealed_identity
        where worker = any($1::uuid[]) and erased_at is null and sealed_name is not null
        and worker in (select id from forest.worker)""",
        list(workers),
    )


async def sealed_all(tx: Transaction, workers: Sequence[str]) -> list[Row]:
    """Read identities as they are sealed, of workers within reach that were not erased."""
    return await tx.rows(
        """select worker::text as worker, wrapped, sealed from people.sealed_identity
        where worker = any($1::uuid[]) and erased_at is null and worker in (select id from forest.worker)""",
        list(workers),
    )


async def last_day(tx: Transaction, worker: UUID) -> date | None:
    """Find the date of a worker's last shift or payment; None where there is neither."""
    return await tx.value(
        """select greatest((select max(work_date) from forest.shift where worker = $1),
          (select max(paid_on) from forest.payment where worker = $1))""",
        worker,
    )


async def log_all(tx: Transaction, action: str, workers: Sequence[str], reason: str) -> None:
    """Put down who reads of several identities at once, and why: an entry for each of them."""
    who = tx.who
    await tx.run(
        "insert into people.access_log (actor, role, token, action, worker, reason)"
        " select $1, $2, $3::text::uuid, $4, worker, $6 from unnest($5::uuid[]) worker",
        tx.actor, who.role if who else "operator", who.token if who else None, action, list(workers), reason,
    )  # fmt: skip


async def log(tx: Transaction, action: str, worker: UUID, reason: str) -> None:
    """Put down who reads or erases whose identity, and why."""
    who = tx.who
    await tx.run(
        "insert into people.access_log (actor, role, token, action, worker, reason)"
        " values ($1, $2, $3::text::uuid, $4, $5, $6)",
        tx.actor, who.role if who else "operator", who.token if who else None, action, worker, reason,
    )  # fmt: skip


async def log_page(tx: Transaction, *, worker: UUID | None, limit: int, before: int | None) -> list[Row]:
    """Read the log of identity reads of workers within the token's reach, newest first, before the entry `before`."""
    scope = reaches(tx.scope)
    known = Sql("worker in (select id from forest.workers where {})", scopes.within("workers", scope))
    return await tx.rows(
        Sql(
            """select id, at, actor, role, token::text as token, action, worker::text as worker, reason
            from people.access_log where {} and ({}::uuid is null or worker = {}) and ({}::bigint is null or id < {})
            order by id desc limit {}""",
            known if scope.is_limited else Sql("true"), worker, worker, before, before, limit,
        )  # fmt: skip
    )


async def erase(tx: Transaction, worker: UUID, reason: str) -> bool:
    """Destroy a person's key, the sealed identity and the words it is found by; say whether it was there."""
    await tx.run("delete from people.lookup where worker = $1", worker)
    tag: Any = await tx.run(
        """insert into people.sealed_identity as i (worker, erased_at, erased_by, erase_reason)
        select id, now(), $2, $3 from forest.worker where id = $1
        on conflict (worker) do update set wrapped = null, sealed = null, sealed_name = null, digest = null, updated_at = now(),
          erased_at = now(), erased_by = $2, erase_reason = $3 where i.erased_at is null""",
        worker,
        tx.actor,
        reason,
    )
    return tag == "INSERT 0 1"


async def expired(tx: Transaction, years: int) -> list[Row]:
    """List those whose last shift or payment (or, without either, whose identity) is older than `years` years."""
    return await tx.rows(
        """select i.worker::text as worker, l.last_shift, l.last_payment from people.sealed_identity i
        cross join lateral (select (select max(work_date) from forest.shift where worker = i.worker) as last_shift,
          (select max(paid_on) from forest.payment where worker = i.worker) as last_payment) l
        where i.erased_at is null
          and coalesce(greatest(l.last_shift, l.last_payment), i.updated_at::date) < current_date - make_interval(years => $1)
        order by 2 nulls first, 1""",
        years,
    )


async def needed_files(tx: Transaction, hashes: list[str], years: int) -> set[str]:
    """Say which of these files the ledger still needs: those of no sheet of shifts, or of one that is not so old."""
    rows = await tx.rows(
        """select sha256 from forest.submission where sha256 = any($1)
          and (noun <> 'shifts' or received_at >= now() - make_interval(years => $2))
        union
        select sha256 from forest.submission_evidence where sha256 = any($1)
          and received_at >= now() - make_interval(years => $2)""",
        hashes,
        years,
    )
    return {row["sha256"] for row in rows}


async def _check_key(tx: Transaction) -> None:
    """Notice a master key that is not this database's before anything is sealed under it."""
    if not await tx.value("select people.is_master_key($1)", tx.vault.fingerprint()):
        raise wrong_key()
