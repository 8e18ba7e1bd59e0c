"""Who workers are: written here, in the schema `people`, and read by nothing else in the store."""

import msgspec

from forestapi.db.transaction import Transaction
from forestapi.records import Document


async def identify(tx: Transaction, documents: list[Document]) -> None:
    """Keep the identities that came with workers (`identity` of each document), whole."""
    rows = [{"worker": str(d["id"]), **d["identity"]} for d in documents]
    if rows:
        await tx.run(
            """insert into people.identity as i (worker, name, id_number, phone, account)
            select worker, name, id_number, phone, account
            from jsonb_populate_recordset(null::people.identity, $1::jsonb)
            on conflict (worker) do update set name = excluded.name, id_number = excluded.id_number,
              phone = excluded.phone, account = excluded.account, updated_at = now()
            where (i.name, i.id_number, i.phone, i.account)
              is distinct from (excluded.name, excluded.id_number, excluded.phone, excluded.account)""",
            msgspec.json.encode(rows).decode(),
        )


async def by_keys(tx: Transaction, keys: list[str]) -> dict[str, str]:
    """Find workers by what sheets call them: key -> worker's id."""
    rows = await tx.rows(
        "select key, worker::text as worker from people.worker_key where key = any($1)", keys
    )
    return {row["key"]: row["worker"] for row in rows}


async def name_keys(tx: Transaction, keys: dict[str, str]) -> None:
    """Remember what a sheet calls each worker: key -> worker's id."""
    await tx.run(
        """insert into people.worker_key (key, worker) select * from unnest($1::text[], $2::uuid[])
        on conflict (key) do nothing""",
        list(keys),
        list(keys.values()),
    )
