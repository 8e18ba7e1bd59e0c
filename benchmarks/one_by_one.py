"""One plot a request over HTTP, against pgbench with the statement that stores it, in turns."""

import statistics

import msgspec
import shapely

from benchmarks import _data
from benchmarks._benchmark import Benchmark, Context, Figure, load_plots
from benchmarks._serving import pgbench, post_all, serving
from forestapi.services import tokens

CLIENTS = 8
ROUNDS = 3
REQUESTS = 500
GROUND = 60_000
"""Plots that pgbench finds ready to be stored."""

SCRIPT = """select nextval('bench_turn') as n \\gset
begin;
select set_config('forest.actor', 'bench', true);
insert into forest.plot (id, programme, number, boundary, capture_method, lifecycle, region, boundary_hash)
select gen_random_uuid(), 'bench', n::text, boundary, 'gnss_walk', 'planted',
  forest.region_at(ST_PointOnSurface(boundary)), forest.boundary_hash(boundary) from bench_boundary where n = :n
on conflict (id) do update set number = excluded.number returning id;
commit;
"""


def bodies(made: _data.Plots) -> list[bytes]:
    """Write plots as requests."""
    return [
        msgspec.json.encode(
            {"id": str(key), "programme": _data.PROGRAMME, "number": str(n), "capture_method": "gnss_walk",
             "lifecycle": "planted", "boundary": msgspec.Raw(shapely.to_geojson(shape).encode())}
        )
        for n, (key, shape) in enumerate(zip(made.ids, made.boundaries, strict=True))
    ]  # fmt: skip


async def run(context: Context) -> list[Figure]:
    """Measure both in turns, beside the same plots."""
    base, count = context.sizes.plots, ROUNDS * REQUESTS
    rates, ceilings, taken = [], [], []
    of = base + GROUND + count + 100
    async with context.database("bench_one_by_one") as (connection, settings):
        await load_plots(connection, _data.plots(base, of=of))
        await connection.execute("create table bench_wkb (n int, wkb bytea); create sequence bench_turn")
        ready = _data.plots(GROUND, first=base, of=of).wkb()
        await connection.copy_records_to_table("bench_wkb", records=list(enumerate(ready, 1)))
        await connection.execute(
            "create table bench_boundary as select n, ST_GeomFromEWKB(wkb) as boundary from bench_wkb;"
            "create unique index on bench_boundary (n)"
        )
        await connection.execute("vacuum analyze")
        async with connection.transaction():
            secret = await tokens.create(connection, "administrator", "bench")
        made = bodies(_data.plots(count + 100, first=base + GROUND, of=of))
        async with serving(settings) as server:
            await post_all(server.url, "/api/v1/plots", secret, made[:100], clients=CLIENTS)
            for turn in range(ROUNDS):
                part = made[100 + turn * REQUESTS : 100 + (turn + 1) * REQUESTS]
                seconds, ms = await post_all(server.url, "/api/v1/plots", secret, part, clients=CLIENTS)
                rates.append(len(part) / seconds)
                taken += ms
                ceilings.append(pgbench(context, "bench_one_by_one", SCRIPT, clients=CLIENTS, seconds=3))
            loaded_mb = server.resident_mb()
    return [
        Figure(name="one plot a request", figure=statistics.median(rates), unit="plots/s", ceiling=statistics.median(ceilings), goal=0.35,
               note=f"{CLIENTS} clients, one worker, beside {base:,} plots; median {statistics.median(taken):.1f} ms; pgbench stores a plot"
               " by the same statement, with region, history and cells, and asks no rule"),
        Figure(name="memory of a worker, after the writes", figure=loaded_mb, unit="MB"),
    ]  # fmt: skip


BENCHMARK = Benchmark("one-by-one", "One plot a request, against pgbench", run)
