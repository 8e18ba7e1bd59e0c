"""What a phone needs for a crew's day: who is in the crew, by name, and what there is to choose from."""

from typing import Any

import asyncpg
import msgspec

from forestapi.access import Actor
from forestapi.db.transaction import transaction
from forestapi.errors import Forbidden
from forestapi.records import nouns
from forestapi.records._query import Query
from forestapi.records.shifts import ACTIVITIES
from forestapi.services import people
from forestapi.store import features
from forestapi.store import sync_changes as store
from geo.text import Text


async def roster(pool: asyncpg.Pool, actor: Actor) -> dict[str, Any]:
    """Give a crew's roster; that its names were read is in the log before they are given.

    Raises:
        Forbidden: the token is not one crew's.

    """
    crew_code = actor.scope.crew
    if crew_code is None:
        raise Forbidden(
            Text("名册只发给限于一个班组的令牌。", "The roster is for tokens of one crew."), code="out-of-scope"
        )
    async with transaction(pool, actor, is_read_only=True) as tx:
        crew = _shown(await features.get(tx, nouns()["crews"], crew_code), "code", "name_zh", "name_en")
        programme_code = (actor.scope.programmes or ("",))[0]
        programme = _shown(await features.get(tx, nouns()["programmes"], programme_code), "code", "name_zh", "name_en")
        workers = await store.workers(tx, crew_code)
        listed = await features.page(tx, nouns()["species"], Query(), limit=1000)
        defaults = await store.last_day(tx, crew_code)
        bbox = await store.plots_bbox(tx, programme_code)
    names = await people.names(pool, actor, [str(w["id"]) for w in workers], f"roster of crew {crew_code}")
    return {
        "crew": crew,
        "programme": programme,
        "workers": [{**w, "name": names.get(str(w["id"]))} for w in workers],
        "species": [_shown((text, 0), "code", "name_zh", "name_en", "growth_form") for text in listed.rows],
        "activities": [{"code": code, "zh": text.zh, "en": text.en} for code, text in ACTIVITIES.items()],
        "plots_bbox": bbox,
        "defaults": defaults,
    }


def _shown(found: tuple[str, int] | None, *columns: str) -> dict[str, Any] | None:
    if found is None:
        return None
    record = msgspec.json.decode(found[0])
    return {name: record[name] for name in columns}
