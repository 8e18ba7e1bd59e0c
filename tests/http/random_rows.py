"""Plots, shifts and surveys made at random, and every statistic of them computed a second way, in pandas."""

import random
from datetime import date, timedelta
from typing import Any

import asyncpg
import pandas as pd
import shapely

from geo.overlap import net_area_m2
from tests.database.ground import ewkb
from tests.samples import key

PROGRAMMES = ("ant", "bee")
CREWS = {"crew-1": ("ant", "620500000001"), "crew-2": ("bee", None)}
SPECIES = ("haloxylon-ammodendron", "salix-psammophila", "caragana-korshinskii")
ACTIVITIES = ("planting", "watering", "patrol")
REGIONS = {
    "620000000000": ("province", None, "arid"),
    "620500000000": ("prefecture", "620000000000", "arid"),
    "620500000001": ("county", "620500000000", "arid"),
    "620500000002": ("county", "620500000000", "semi_arid"),
    "630000000000": ("province", None, "alpine"),
}
COUNTIES = ("620500000001", "620500000002", "630000000000")


class Rows:
    """Rows made from a seed, in the database and as frames."""

    def __init__(self, seed: int) -> None:
        random_ = random.Random(seed)
        self.plots, self.shares, self.shifts, self.surveys = [], [], [], []
        for n in range(24):
            x, y = 105 + random_.randrange(8) / 1000, 39 + random_.randrange(8) / 1000
            day = random_.choice([None, date(2017, 9, 1) + timedelta(days=random_.randrange(300))])
            self.plots.append({
                "plot": key(n), "programme": random_.choice(PROGRAMMES), "region": random_.choice(COUNTIES),
                "climate": random_.choice([None, None, "ordinary"]), "day": day,
                "boundary": shapely.box(x, y, x + 0.002, y + 0.001 * random_.randint(1, 3)),
                "is_accepted": random_.random() < 0.4, "is_planted": random_.random() < 0.9,
            })  # fmt: skip
            holes = {s: random_.randint(1, 900) for s in random_.sample(SPECIES, random_.randrange(4))}
            for species, count in holes.items():
                self.shares.append({"plot": key(n), "species": species, "holes": count})
        self.workers = [
            {"worker": key(20_000 + n), "sex": random_.choice(["female", "male", "unknown"]),
             "born": random_.choice([None, random_.randint(1945, 2002)])}
            for n in range(9)
        ]  # fmt: skip
        for n in range(300):
            plot = random_.choice([*self.plots, None])
            crew = random_.choice([*CREWS, None])
            self.shifts.append({
                "shift": key(30_000 + n), "worker": random_.choice(self.workers)["worker"],
                "programme": plot["programme"] if plot else random_.choice(PROGRAMMES),
                "plot": plot and plot["plot"], "crew": crew,
                "day": date(2018, 1, 1) + timedelta(days=random_.randrange(200)), "number": n // 20 + 1,
                "activity": random_.choice(ACTIVITIES), "is_paid": random_.random() < 0.8,
                "hours": random_.choice([0.25, 0.5, 0.75]), "wage": random_.randint(0, 20_000) / 100,
                "status": random_.choice(["approved", "approved", "submitted", "draft", "void"]),
            })  # fmt: skip
        for n in range(80):
            holes = random_.randint(20, 400)
            self.surveys.append({
                "survey": key(40_000 + n), "plot": random_.choice(self.plots)["plot"],
                "day": date(2018, 5, 1) + timedelta(days=random_.randrange(500)),
                "stage": random_.choice(["first_season", "first_season", "establishment"]),
                "n": holes, "live": random_.randint(0, holes),
            })  # fmt: skip

    async def store(self, connection: asyncpg.Connection) -> None:
        run = connection.executemany
        await run("insert into forest.programme (code, name_zh, name_en) values ($1, $2, $1)",
                  [(code, f"={code}") for code in PROGRAMMES])  # fmt: skip
        await run("insert into forest.region (code, level, parent, climate_class, name_zh) values ($1, $2, $3, $4, $1)",
                  [(code, *rest) for code, rest in REGIONS.items()])  # fmt: skip
        await run("insert into forest.crew (code, programme, region, name_zh) values ($1, $2, $3, $1)",
                  [(code, *rest) for code, rest in CREWS.items()])  # fmt: skip
        await run(
            """insert into forest.plot (id, programme, number, region, climate_class, boundary, lifecycle)
            values ($1::text::uuid, $2, $1, $3, $4, $5::text::geometry, $6)""",
            [(p["plot"], p["programme"], p["region"], p["climate"], ewkb(p["boundary"]),
              "accepted" if p["is_accepted"] else "planted") for p in self.plots],
        )  # fmt: skip
        lines = pd.DataFrame(self.shares)
        for n, plot in enumerate(self.plots):
            own = lines[lines["plot"] == plot["plot"]]
            await connection.execute(
                """insert into forest.planting (id, plot, kind, started_on, lines) select $1::text::uuid, $2::text::uuid,
                $3, $4, coalesce(jsonb_agg(jsonb_build_object('species', s, 'design_holes', h)), '[]')
                from unnest($5::text[], $6::int[]) as l (s, h)""",
                key(10_000 + n), plot["plot"], "new" if plot["is_planted"] else "replant", plot["day"],
                list(own["species"]), [int(h) for h in own["holes"]],
            )  # fmt: skip
        await run("insert into forest.worker (id, sex, birth_year) values ($1::text::uuid, $2, $3)",
                  [(w["worker"], w["sex"], w["born"]) for w in self.workers])  # fmt: skip
        await run(
            """insert into forest.shift (id, worker, programme, plot, crew, work_date, number, activity, is_paid, hours,
              wage_yuan, status) values ($1::text::uuid, $2::text::uuid, $3, $4::text::uuid, $5, $6, $7, $8, $9,
              $10::float8::numeric, $11::float8::numeric, $12)""",
            [tuple(s[c] for c in ("shift", "worker", "programme", "plot", "crew", "day", "number", "activity", "is_paid",
                                  "hours", "wage", "status")) for s in self.shifts],
        )  # fmt: skip
        await run("insert into forest.survey (id, plot, surveyed_on, stage, sample_holes, live_holes)"
                  " values ($1::text::uuid, $2::text::uuid, $3, $4, $5, $6)",
                  [tuple(s.values()) for s in self.surveys])  # fmt: skip

    def frame(self, statistic: str) -> pd.DataFrame:
        """Give the rows that a statistic counts by default, with every dimension as a column."""
        plots = pd.DataFrame(self.plots)
        plots["climate_class"] = [
            c if isinstance(c, str) else REGIONS[r][2]
            for c, r in zip(plots["climate"], plots["region"], strict=True)
        ]
        ground = plots[["plot", "programme", "region", "climate_class", "boundary", "is_accepted"]]
        if statistic == "planted-area":
            rows = plots[plots["is_planted"]].copy()
        elif statistic == "survival":
            rows = pd.DataFrame(self.surveys).merge(ground, on="plot")
            rows = rows[rows["stage"] == "first_season"]
            rows["area_m2"] = [net_area_m2([b]) for b in rows["boundary"]]
        else:
            rows = pd.DataFrame(self.shifts)
            rows = rows[rows["is_paid"] & (rows["status"] == "approved")]
            rows = rows.merge(ground.drop(columns="programme"), on="plot", how="left")
            crew_regions = [CREWS.get(crew, (None, None))[1] for crew in rows["crew"]]
            rows["region"] = rows["region"].where(
                rows["region"].notna(), pd.Series(crew_regions, dtype=object)
            )
            rows["climate_class"] = [
                c if isinstance(c, str) else REGIONS.get(r, (None, None, None))[2]
                for c, r in zip(rows["climate_class"], rows["region"], strict=True)
            ]
            rows = rows.merge(pd.DataFrame(self.workers), on="worker")
            rows["age_band"] = [
                _age_band(d.year - b if b == b else None)
                for d, b in zip(rows["day"], rows["born"], strict=True)
            ]
        days = rows["day"]
        rows["year"] = [d.year if d else None for d in days]
        rows["month"] = [f"{d:%Y-%m}" if d else None for d in days]
        rows["quarter"] = [f"{d.year}-Q{(d.month + 2) // 3}" if d else None for d in days]
        rows["lies_in"] = [_lies_in(r) for r in rows["region"]]
        return rows.assign(weight=1.0)

    def split_by_species(self, rows: pd.DataFrame) -> pd.DataFrame:
        shares = pd.DataFrame(self.shares)
        shares["share"] = shares["holes"] / shares.groupby("plot")["holes"].transform("sum")
        planted = {p["plot"] for p in self.plots if p["is_planted"]}
        rows = rows.merge(shares[shares["plot"].isin(planted)], on="plot", how="left")
        return rows.assign(weight=rows["share"].fillna(1.0))


def _age_band(age: float | None) -> str:
    if age is None:
        return "unknown"
    for limit, name in ((25, "15-24"), (35, "25-34"), (45, "35-44"), (55, "45-54"), (65, "55-64")):
        if age < limit:
            return name
    return "65+"


def _lies_in(region: Any) -> list[str]:
    found = []
    while isinstance(region, str):
        found.append(region)
        region = REGIONS[region][1]
    return found


def at_level(region: Any, level: str) -> str | None:
    return next((r for r in _lies_in(region) if REGIONS[r][0] == level), None)


def figures(statistic: str, rows: pd.DataFrame) -> dict[str, Any]:
    """Compute a statistic of one group, the second way."""
    if statistic == "planted-area":
        once = rows.drop_duplicates("plot")
        if (rows["weight"] == 1).all():
            return {"gross_m2": sum(net_area_m2([b]) for b in rows["boundary"]), "net_m2": net_area_m2(once["boundary"]),
                    "accepted_m2": net_area_m2(once[once["is_accepted"]]["boundary"])}  # fmt: skip
        return {
            "gross_m2": sum(
                w * net_area_m2([b]) for w, b in zip(rows["weight"], rows["boundary"], strict=True)
            )
        }
    if statistic == "green-work":
        hours, heads = rows["hours"] * rows["weight"], rows.drop_duplicates("shift")
        return {
            "person_times": len(heads), "person_days": len(heads[["worker", "day"]].drop_duplicates()),
            "standard_days": hours.sum() / 8, "hours": hours.sum(), "distinct_workers": heads["worker"].nunique(),
            "fte": hours.sum() / 2000, "wages_yuan": (rows["wage"] * rows["weight"]).sum(),
        }  # fmt: skip
    last = rows.sort_values(["day", "survey"]).drop_duplicates("plot", keep="last")
    n, live = int(last["n"].sum()), int(last["live"].sum())
    climates = set(last["climate_class"])
    climate = climates.pop() if len(climates) == 1 else None
    good = 0.85 if climate == "ordinary" else 0.7
    return {
        "plots": len(last), "design_holes": n, "live_holes": live, "rate": live / n,
        "area_weighted_rate": (last["area_m2"] * last["live"] / last["n"]).sum() / last["area_m2"].sum(),
        "climate": climate,
        "class": None if climate is None else "qualified" if live / n >= good else "replant" if live / n >= 0.41 else "failed",
    }  # fmt: skip
