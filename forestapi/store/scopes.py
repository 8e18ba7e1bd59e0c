"""What a token reaches, as conditions over the read views and over records that are to be written."""

from collections.abc import Sequence
from uuid import UUID

from forestapi.access import Scope, reaches
from forestapi.db.sql import Sql, all_of
from forestapi.db.transaction import Transaction
from forestapi.records import Document, Noun

_PROGRAMME_COLUMN = {"programmes": "code", "plots": "programme", "plantings": "programme", "surveys": "programme", "claims": "programme",
                     "crews": "programme", "shifts": "programme", "payments": "programme"}  # fmt: skip
_CREW_COLUMN = {"crews": "code", "shifts": "crew", "payments": "crew"}


def within(noun: str, scope: Scope) -> Sql:
    """Write the condition under which a row of a noun's read view is within a scope."""
    scope = reaches(scope)
    if not scope.is_limited:
        return Sql("true")
    if noun == "workers":
        return Sql("crew in (select code from forest.crew where {})", within("crews", scope))
    if noun == "households":
        return Sql(
            "(exists (select from forest.worker w where w.household = households.id and w.crew in"
            " (select code from forest.crew where {})) or not forest.household_has_workers(households.id))",
            within("crews", scope),
        )
    conditions = []
    if scope.programmes is not None and noun in _PROGRAMME_COLUMN:
        conditions.append(Sql(f"{_PROGRAMME_COLUMN[noun]} = any({{}})", list(scope.programmes)))
    if scope.crew is not None and noun in _CREW_COLUMN:
        conditions.append(Sql(f"{_CREW_COLUMN[noun]} = {{}}", scope.crew))
    return all_of(conditions)


def is_limited(scope: Scope) -> bool:
    """Whether anything is out of a scope's reach."""
    return reaches(scope).is_limited


def of_crew(scope: Scope, alias: str) -> Sql:
    """Write the condition under which a row that says its programme and crew is within a scope."""
    scope = reaches(scope)
    conditions = []
    if scope.programmes is not None:
        conditions.append(Sql(f"{alias}.programme = any({{}})", list(scope.programmes)))
    if scope.crew is not None:
        conditions.append(Sql(f"{alias}.crew = {{}}", scope.crew))
    return all_of(conditions)


def held_within(scope: Scope, alias: str) -> Sql:
    """Write the condition under which a held record is within a scope."""
    scope = reaches(scope)
    conditions = []
    if scope.programmes is not None:
        conditions.append(Sql(f"{alias}.programme = any({{}})", list(scope.programmes)))
    if scope.crew is not None:
        conditions.append(
            Sql(f"({alias}.noun not in ('shifts', 'workers', 'payments') or {alias}.record ->> 'crew' = {{}})", scope.crew)
        )
    return all_of(conditions)


def submission_within(scope: Scope, actor: str) -> Sql:
    """Write the condition under which a submitted file is within a scope: with a crew, only one's own."""
    scope = reaches(scope)
    conditions = []
    if scope.programmes is not None:
        conditions.append(Sql("programme = any({})", list(scope.programmes)))
    if scope.crew is not None:
        conditions.append(Sql("actor = {}", actor))
    return all_of(conditions)


async def out_of_reach(tx: Transaction, noun: Noun, keys: Sequence[str]) -> str | None:
    """Find the first of these records that is in the ledger and not within the token's scope."""
    if not keys or not reaches(tx.scope).is_limited:
        return None
    # as text a key would be looked for in the whole table; what is no id names nothing
    type, asked = ("uuid", [id for key in keys if (id := _id(key))]) if noun.key == "id" else ("text", list(keys))
    return await tx.value(
        Sql(
            f"select {noun.key}::text from forest.{noun.view} where {noun.key} = any({{}}::{type}[])"
            " and ({}) is not true limit 1",
            asked,
            within(noun.name, tx.scope),
        )
    )


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


async def foreign(tx: Transaction, noun: Noun, documents: Sequence[Document]) -> str | None:
    """Name what one of these documents would belong to that the token is not for; None if there is nothing."""
    scope = reaches(tx.scope)
    if not scope.is_limited:
        return None
    for document in documents:
        programme = document.get(_PROGRAMME_COLUMN.get(noun.name, ""))
        if programme is not None and scope.programmes is not None and programme not in scope.programmes:
            return f"programme {programme}"
        if scope.crew is not None and noun.name in ("crews", "shifts", "payments", "workers"):
            crew = document.get("code" if noun.name == "crews" else "crew")
            if crew != scope.crew:
                return f"crew {crew}"
    if noun.name == "workers":
        crews = {str(document.get("crew")) for document in documents}
        found = await tx.rows(
            Sql(
                "select code from forest.crews where code = any({}) and {}",
                list(crews),
                within("crews", scope),
            )
        )
        strange = crews - {row["code"] for row in found}
        return f"crew {min(strange)}" if strange else None
    if noun.name in ("plantings", "surveys", "shifts") and scope.programmes is not None:
        return await tx.value(
            "select 'programme ' || programme from forest.plot where id = any($1::uuid[]) and programme <> all($2) limit 1",
            [id for document in documents if (id := _id(str(document.get("plot"))))],
            list(scope.programmes),
        )
    return None
