"""A ledger of 2,000 made-up workers with everybody's canaries in it, released; and what is known of it privately."""

import random
from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from forestapi.db.pool import open_pool
from forestapi.db.transaction import transaction
from forestapi.settings import Settings
from tests.samples import key

PROGRAMME = "tengger"
COUNTIES = {"620521000000": 1500, "620522000000": 420, "620523000000": 60, "620524000000": 20}
"""The last is too small in some months."""
MONTHS = [date(2018, 1, 1), date(2018, 2, 1), date(2018, 3, 1), date(2018, 4, 1)]
SEED = 20190129


class Work(NamedTuple):
    """One shift, as whoever owns the ledger knows it."""

    worker: UUID
    household: UUID
    county: str
    sex: str
    birth_year: int
    day: date
    hours: int
    wage_yuan: Decimal


def made_up() -> list[Work]:
    """Make up the shifts of all workers; some come in every month, some once, a few in two counties."""
    chance = random.Random(SEED)
    shifts = []
    number = 100_000
    for county, size in COUNTIES.items():
        for _ in range(size):
            number += 1
            worker, household = UUID(key(number)), UUID(key(200_000 + number // 2))
            sex, born = chance.choice(["female", "male", "male"]), chance.randint(1950, 1999)
            for month in MONTHS:
                if chance.random() < 0.45:
                    for day in sorted(chance.sample(range(28), chance.randint(1, 2))):
                        place = county if chance.random() < 0.98 else chance.choice(list(COUNTIES))
                        hours = chance.randint(4, 9)
                        shifts.append(Work(worker, household, place, sex, born, month + timedelta(day), hours, Decimal(20 * hours)))
    return shifts


async def put_in(settings: Settings, shifts: list[Work]) -> None:
    """Put the made-up people and their shifts into the ledger, all at once."""
    people = {shift.worker: shift for shift in shifts}
    pool = await open_pool(settings)
    async with transaction(pool, "test", timeout_s=0) as tx:
        await tx.run("insert into forest.region (code, level, name_zh) select *, 'county', '县' from unnest($1::text[])", list(COUNTIES))
        await tx.run(
            "insert into forest.household (id) select distinct * from unnest($1::uuid[])", [p.household for p in people.values()]
        )
        await tx.run(
            "insert into forest.worker (id, household, sex, birth_year) select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::int[])",
            list(people), [p.household for p in people.values()], [p.sex for p in people.values()],
            [p.birth_year for p in people.values()],
        )  # fmt: skip
        await tx.run(
            """insert into forest.shift (id, worker, programme, region, work_date, activity, hours, wage_yuan, status)
            select *, 'approved' from (select i, w, $4::text, r, d, 'planting', h, y from
              unnest($1::uuid[], $2::uuid[], $3::text[], $5::date[], $6::numeric[], $7::numeric[]) as u (i, w, r, d, h, y)) s""",
            [UUID(key(300_000 + n)) for n in range(len(shifts))], [s.worker for s in shifts], [s.county for s in shifts],
            PROGRAMME, [s.day for s in shifts], [Decimal(s.hours) for s in shifts], [s.wage_yuan for s in shifts],
        )  # fmt: skip
    await pool.close()


def band(work: Work) -> str:
    """Give the age band of a worker at work."""
    age = work.day.year - work.birth_year
    for limit, name in ((25, "15-24"), (35, "25-34"), (45, "35-44"), (55, "45-54"), (65, "55-64")):
        if age < limit:
            return name
    return "65+"


def workers_of(atoms: dict[str, Any], shifts: list[Work]) -> dict[str, set[UUID]]:
    """Give the workers who are really in each atom, by the atom's name; the atoms as the public reads them."""
    inside: dict[str, set[UUID]] = defaultdict(set)
    by_month = defaultdict(list)
    for name, atom in atoms.items():
        by_month[atom["period"]].append((name, atom))
    for shift in shifts:
        month, quarter = f"{shift.day:%Y-%m}", f"{shift.day:%Y}-Q{(shift.day.month + 2) // 3}"
        own = {"county": shift.county, "township": "", "sex": shift.sex, "age_band": band(shift)}
        for name, atom in by_month[month] + by_month[quarter]:
            if all(atom[each] in (None, value) for each, value in own.items()):
                inside[name].add(shift.worker)
    return inside
