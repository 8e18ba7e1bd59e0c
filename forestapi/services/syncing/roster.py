"""What a phone needs for a day without a network: the crew's people by name, species, activities, the last day's values."""

from typing import Any

import asyncpg
import msgspec

from forestapi.access import Actor
from forestapi.db.transaction import transaction
from forestapi.errors import Forbidden
from forestapi.records.shifts import ACTIVITIES
from forestapi.services import people
from forestapi.store import sync_changes as store
from geo.text import Text

REASON = "roster of a phone"


async def roster(pool: asyncpg.Pool, actor: Actor) -> dict[str, Any]:
    """Give the roster of the token's crew; the reading of each name is in the log first.

    Raises:
        Forbidden: the token is not one crew's.

    """
    code = actor.scope.crew
    async with transaction(pool, actor, is_read_only=True) as tx:
        crew = None if code is None else await store.crew(tx, code)
        if code is None or crew is None:
            raise Forbidden(Text("名单只给班组的令牌。", "The roster is for a token of one crew."))
        workers, species = await store.workers(tx, code), await store.species(tx)
        bbox, last = await store.plots_bbox(tx, crew["programme"]), await store.last_day(tx, code)
    names = await people.names(pool, actor, [worker["id"] for worker in workers], REASON)
    return {
        "crew": {name: crew[name] for name in ("code", "name_zh", "name_en")},
        "programme": {"code": crew["programme"], "name_zh": crew["programme_zh"], "name_en": crew["programme_en"]},
        "workers": [{**dict(worker), "name": names.get(worker["id"])} for worker in workers],
        "species": [dict(row) for row in species],
        "activities": [{"code": code, "zh": text.zh, "en": text.en} for code, text in ACTIVITIES.items()],
        "plots_bbox": bbox,
        "defaults": {} if last is None else msgspec.json.decode(last),
    }
