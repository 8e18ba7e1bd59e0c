"""Plots, shifts and surveys made at random, and every statistic of them computed a second way, in pandas."""

import math
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
ACTIVITIES = ("planting", "watering", "patrol", "training")
HOUSEHOLDS = {key(50_000): (date(2018, 3, 1), date(2018, 5, 31)), key(50_001): (date(2017, 1, 1), None),
              key(50_002): (None, None)}  # fmt: skip
POVERTY = {"620500000001": (date(2018, 2, 1), date(2018, 4, 30)), "630000000000": (date(2000, 1, 1), None)}
LAST_DAY = date(2020, 2, 29)
REGIONS = {
    "620000000000": ("province", None, "arid"),
    "620500000000": ("prefecture", "620000000000", "arid"),
    "620500000001": ("county", "620500000000", "arid"),
    "620500000002": ("county", "620500000000", "semi_arid"),
    "630000000000": ("province", None, "alpine"),
}
SEASONS = dict(zip(range(1, 13), ("winter",) * 2 + ("spring",) * 3 + ("summer",) * 3 + ("autumn",) * 3 + ("winter",), strict=True))
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
                trees = random_.choice([None, count - 1])
                self.shares.append({"plot": key(n), "species": species, "holes": count, "trees": trees})
        self.workers = [
            {"worker": key(20_000 + n), "sex": random_.choice(["female", "male", "unknown"]),
             "born": random_.choice([None, random_.randint(1945, 2002)]),
             "household": random_.choice([None, *HOUSEHOLDS])}
            for n in range(9)
        ]  # fmt: skip
        for n in range(300):
            plot = random_.choice([*self.plots, None])
            crew = random_.choice([*CREWS, None])
            worker, day = random_.choice(self.workers)["worker"], date(2018, 1, 1) + timedelta(days=random_.randrange(200))
            self.shifts.append({
                "shift": key(30_000 + n), "worker": worker,
                "programme": plot["programme"] if plot else random_.choice(PROGRAMMES),
                "plot": plot and plot["plot"], "crew": crew,
                "day": day, "number": 1 + sum(s["worker"] == worker and s["day"] == day for s in self.shifts),
                "activity": random_.choice(ACTIVITIES), "is_paid": random_.random() < 0.8,
                "hours": random_.choice([0.25, 0.5, 0.75]), "wage": random_.randint(0, 20_000) / 100,
                "status": random_.choice(["approved", "approved", "submitted", "draft", "void"]),
                "is_insured": random_.choice([None, True, True, False]),
            })  # fmt: skip
        for n in range(80):
            holes = random_.randint(20, 400)
            self.surveys.append({
                "survey": key(40_000 + n), "plot": random_.choice(self.plots)["plot"],
                "day": date(2018, 5, 1) + timedelta(days=random_.randrange(500)),
                "stage": random_.choice(["first_season", "first_season", "establishment", "third_year"]),
                "n": holes, "live": random_.randint(0, holes), "level": random_.choice(["self", "county", "national"]),
                "canopy": random_.choice([None, 0.1, 0.3]), "cover": random_.choice([None, 0.2, 0.5]),
            })  # fmt: skip

    async def store(self, connection: asyncpg.Connection) -> None:
        run = connection.executemany
        await run("insert into forest.programme (code, name_zh, name_en) values ($1, $2, $1)",
                  [(code, f"={code}") for code in PROGRAMMES])  # fmt: skip
        await run("insert into forest.region (code, level, parent, climate_class, name_zh) values ($1, $2, $3, $4, $1)",
                  [(code, *rest) for code, rest in REGIONS.items()])  # fmt: skip
        await run("update forest.region set poverty_county_from = $2, poverty_county_to = $3 where code = $1",
                  [(code, *dates) for code, dates in POVERTY.items()])  # fmt: skip
        await run("insert into forest.household (id, registered_from, registered_to) values ($1::text::uuid, $2, $3)",
                  [(id, *dates) for id, dates in HOUSEHOLDS.items()])  # fmt: skip
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
                $3, $4, coalesce(jsonb_agg(jsonb_build_object('species', s, 'design_holes', h, 'planted_count', t)), '[]')
                from unnest($5::text[], $6::int[], $7::int[]) as l (s, h, t)""",
                key(10_000 + n), plot["plot"], "new" if plot["is_planted"] else "replant", plot["day"],
                list(own["species"]), [int(h) for h in own["holes"]],
                [None if t != t else int(t) for t in own["trees"].astype(float)],
            )  # fmt: skip
        await run("insert into forest.worker (id, sex, birth_year, household)"
                  " values ($1::text::uuid, $2, $3, $4::text::uuid)",
                  [tuple(w.values()) for w in self.workers])  # fmt: skip
        await run(
            """insert into forest.shift (id, worker, programme, plot, crew, work_date, number, activity, is_paid, hours,
              wage_yuan, status, is_insured) values ($1::text::uuid, $2::text::uuid, $3, $4::text::uuid, $5, $6, $7, $8,
              $9, $10::float8::numeric, $11::float8::numeric, $12, $13)""",
            [tuple(s[c] for c in ("shift", "worker", "programme", "plot", "crew", "day", "number", "activity", "is_paid",
                                  "hours", "wage", "status", "is_insured")) for s in self.shifts],
        )  # fmt: skip
        await run("insert into forest.survey (id, plot, surveyed_on, stage, sample_holes, live_holes, level,"
                  " canopy_closure, vegetation_cover) values ($1::text::uuid, $2::text::uuid, $3, $4, $5, $6, $7, $8, $9)",
                  [tuple(s.values()) for s in self.surveys])  # fmt: skip

    def frame(self, statistic: str) -> pd.DataFrame:
        """Give the rows that a statistic counts by default, with every dimension as a column."""
        plots = pd.DataFrame(self.plots)
        plots["climate_class"] = [
            c if isinstance(c, str) else REGIONS[r][2]
            for c, r in zip(plots["climate"], plots["region"], strict=True)
        ]
        ground = plots[["plot", "programme", "region", "climate_class", "boundary", "is_accepted"]]
        if statistic in GROUND:
            rows = plots[plots["is_planted"]].copy()
            if statistic == "preservation":
                rows = rows[rows["is_accepted"]]
            if statistic == "check-coverage":
                rows = rows[[d is not None and _later(d, 12) <= LAST_DAY for d in rows["day"]]]
            credited = self.credited()
            rows["credited"] = [credited[plot] for plot in rows["plot"]]
            rows["area_m2"] = [net_area_m2([b]) for b in rows["boundary"]]
            rows["lines"] = [[line for line in self.shares if line["plot"] == plot] for plot in rows["plot"]]
            rows["first_check"] = [self.first_check(plot) for plot in rows["plot"]]
            rows["last"] = [self.last_check(p, {"preservation": "third_year"}.get(statistic, "first_season")) for p in rows["plot"]]
        elif statistic == "survival":
            rows = pd.DataFrame(self.surveys).merge(ground, on="plot")
            rows = rows[rows["stage"] == "first_season"]
            rows["area_m2"] = [net_area_m2([b]) for b in rows["boundary"]]
        else:
            rows = pd.DataFrame(self.shifts)
            rows = rows[rows["is_paid"] & (rows["status"] == "approved")]
            if statistic == "work-per-hectare":
                credited = self.credited()
                rows = rows[rows["plot"].isin(list(credited))]
                rows["credited"] = [credited[plot] for plot in rows["plot"]]
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
            rows["age"] = [d.year - b if b == b and b is not None else None for d, b in zip(rows["day"], rows["born"], strict=True)]
            rows["is_registered"] = [_holds(HOUSEHOLDS.get(h), d) for h, d in zip(rows["household"], rows["day"], strict=True)]
            rows["is_in_poverty_county"] = [_holds(POVERTY.get(r), d) for r, d in zip(rows["region"], rows["day"], strict=True)]
        days = rows["day"]
        rows["year"] = [d.year if d else None for d in days]
        rows["month"] = [f"{d:%Y-%m}" if d else None for d in days]
        rows["quarter"] = [f"{d.year}-Q{(d.month + 2) // 3}" if d else None for d in days]
        rows["season"] = [SEASONS[d.month] if d else None for d in days]
        rows["lies_in"] = [_lies_in(r) for r in rows["region"]]
        return rows.assign(weight=1.0)

    def credited(self) -> dict[str, float]:
        """Credit each planted plot with what no earlier one of its programme holds, m²."""
        order = sorted((p for p in self.plots if p["is_planted"]), key=lambda p: (p["day"] or date.max, p["plot"]))
        found: dict[str, float] = {}
        for programme in PROGRAMMES:
            taken: list[shapely.Geometry] = []
            for plot in (p for p in order if p["programme"] == programme):
                before = net_area_m2(taken) if taken else 0.0
                taken.append(plot["boundary"])
                found[plot["plot"]] = net_area_m2(taken) - before
        return found

    def last_check(self, plot: str, stage: str) -> dict[str, Any] | None:
        """Find a plot's last check of a stage that the planters did not make themselves."""
        own = [s for s in self.surveys if s["plot"] == plot and s["stage"] == stage and s["level"] != "self"]
        return max(own, key=lambda s: (s["day"], s["survey"]), default=None)

    def first_check(self, plot: str) -> date | None:
        """Find the date of a plot's first check of its first season that the planters did not make themselves."""
        days = [s["day"] for s in self.surveys if s["plot"] == plot and s["stage"] == "first_season" and s["level"] != "self"]
        return min((day for day in days if day <= LAST_DAY), default=None)

    def split_by_species(self, rows: pd.DataFrame) -> pd.DataFrame:
        shares = pd.DataFrame(self.shares)
        shares["share"] = shares["holes"] / shares.groupby("plot")["holes"].transform("sum")
        planted = {p["plot"] for p in self.plots if p["is_planted"]}
        rows = rows.merge(shares[shares["plot"].isin(planted)], on="plot", how="left")
        return rows.assign(weight=rows["share"].fillna(1.0))


GROUND = ("planted-area", "acceptance", "preservation", "check-coverage", "density")
"""Statistics that count planted plots."""


def _holds(dates: tuple[date | None, date | None] | None, day: date) -> bool:
    return dates is not None and dates[0] is not None and dates[0] <= day <= (dates[1] or day)


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
    if statistic == "inclusion":
        days = rows.assign(
            women=rows["sex"] == "female", youth=rows["age"].astype(float).between(16, 35), registered=rows["is_registered"],
            poverty_county=rows["is_in_poverty_county"],
        ).groupby(["worker", "day"])[["women", "youth", "registered", "poverty_county"]].any()  # fmt: skip
        people = days.groupby("worker").any()
        found: dict[str, Any] = {"distinct_workers": len(people), "person_days": len(days)}
        for name in days.columns:
            found |= {f"{name}_workers": int(people[name].sum()), f"{name}_days": int(days[name].sum()),
                      f"{name}_share_of_workers": people[name].mean(), f"{name}_share_of_days": days[name].mean()}  # fmt: skip
        return found
    if statistic == "working-conditions":
        days = rows.assign(
            training=rows["activity"] == "training", insured=[i is True for i in rows["is_insured"]],
            unknown=[i is None or i != i for i in rows["is_insured"]],
        ).groupby(["worker", "day"]).agg(
            hours=("hours", "sum"), training=("training", "any"), insured=("insured", "all"), unknown=("unknown", "any")
        )  # fmt: skip
        return {
            "person_days": len(days), "hours_per_day": days["hours"].mean(), "long_days": int((days["hours"] > 8).sum()),
            "training_days": int(days["training"].sum()), "insured_days": int(days["insured"].sum()),
            "unknown_insured_days": int(days["unknown"].sum()), "insured_share": days["insured"].mean(),
            "wage_per_standard_day_yuan": rows["wage"].sum() / (rows["hours"].sum() / 8),
        }  # fmt: skip
    if statistic == "work-per-hectare":
        parts = rows.drop_duplicates(["plot", "weight"] + (["species"] if "species" in rows else []))
        m2 = (parts["credited"] * parts["weight"]).sum()
        hours, wages = (rows["hours"] * rows["weight"]).sum(), (rows["wage"] * rows["weight"]).sum()
        days = len(rows[["worker", "day"]].drop_duplicates())
        return {
            "person_days": days, "standard_days": hours / 8, "wages_yuan": wages, "worked_m2": m2,
            **({"person_days_per_ha": days / m2 * 1e4, "standard_days_per_ha": hours / 8 / m2 * 1e4,
                "wages_per_ha_yuan": wages / m2 * 1e4} if m2 > 1 else {}),
        }  # fmt: skip
    if statistic in GROUND:
        return _of_ground(statistic, rows.assign(m2=rows["credited"] * rows["weight"]))
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


def _of_ground(statistic: str, rows: pd.DataFrame) -> dict[str, Any]:
    def area(mask: list[bool]) -> float:
        return float(rows["m2"][mask].sum())

    def rate(name: str, part: float, whole: float) -> dict[str, float]:
        return {} if whole <= 1 else {name: part / whole}

    checks = list(zip(rows["last"], rows["climate_class"], strict=True))
    if statistic == "acceptance":
        classes = [_class(check, climate) for check, climate in checks]
        reported, verified = area([True] * len(rows)), area([check is not None for check, _ in checks])
        by_class = {name: area([c == name for c in classes]) for name in ("qualified", "replant", "failed")}
        return {
            "reported_m2": reported, "verified_m2": verified, **{f"{name}_m2": m2 for name, m2 in by_class.items()},
            **rate("verified_rate", verified, reported),
            **rate("qualified_rate", by_class["qualified"], reported),
            **rate("qualified_of_verified", by_class["qualified"], verified),
            **rate("replant_burden", by_class["replant"], verified),
        }  # fmt: skip
    if statistic == "preservation":
        kept = [
            check is not None
            and (
                check["live"] / check["n"] >= (0.8 if climate == "ordinary" else 0.65)
                or (check["canopy"] or 0) >= 0.2
                or (check["cover"] or 0) >= 0.4
            )
            for check, climate in checks
        ]
        checked = area([check is not None for check, _ in checks])
        samples = [check for check in rows.drop_duplicates("plot")["last"] if check]
        holes, live = sum(check["n"] for check in samples), sum(check["live"] for check in samples)
        return {
            "accepted_m2": area([True] * len(rows)), "checked_m2": checked, "preserved_m2": area(kept),
            **rate("area_preservation_rate", area(kept), checked),
            **({"design_holes": holes, "live_holes": live, "stem_preservation_rate": live / holes} if holes else {}),
        }  # fmt: skip
    if statistic == "density":
        lines = pd.DataFrame(rows["lines"].sum())
        mu = rows["area_m2"].sum() * 3 / 2000
        shares = lines.groupby("species")["holes"].sum() if len(lines) else pd.Series(dtype=float)
        p = shares / shares.sum()
        holes, trees = int(shares.sum()), int(lines["trees"].sum()) if len(lines) else 0
        return {
            "plots": len(rows), "planted_m2": rows["area_m2"].sum(), "design_holes": holes, "planted_count": trees,
            "design_per_mu": holes / mu, "planted_per_mu": trees / mu, "species": len(shares),
            **({"largest_share": p.max(), "shannon": -(p * p.map(math.log)).sum()} if holes else {}),
        }  # fmt: skip
    assert statistic == "check-coverage"
    checked = [(c if isinstance(c, date) else None, _later(d, 18)) for c, d in zip(rows["first_check"], rows["day"], strict=True)]
    due, on_time = [True] * len(rows), [c is not None and c <= limit for c, limit in checked]
    return {
        "due_m2": area(due), "on_time_m2": area(on_time), "late_m2": area([c is not None and c > limit for c, limit in checked]),
        "open_m2": area([c is None and limit >= LAST_DAY for c, limit in checked]),
        "overdue_m2": area([c is None and limit < LAST_DAY for c, limit in checked]), **rate("coverage", area(on_time), area(due)),
    }  # fmt: skip


def _later(day: date, months: int) -> date:
    return (pd.Timestamp(day) + pd.DateOffset(months=months)).date()


def _class(check: dict[str, Any] | None, climate: Any) -> str | None:
    if check is None or not isinstance(climate, str):
        return None
    rate = check["live"] / check["n"]
    return "qualified" if rate >= (0.85 if climate == "ordinary" else 0.7) else "replant" if rate >= 0.41 else "failed"
