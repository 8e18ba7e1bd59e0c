"""What a benchmark is, and what it may use: a migrated, empty database on a scratch cluster, and made-up data."""

import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from typing import Any, Literal

import asyncpg
import msgspec
import shapely
from msgspec import Struct

from benchmarks import _data
from forestapi.db.cluster import Cluster
from forestapi.db.migrate import migrate
from forestapi.db.transaction import Transaction
from forestapi.records import nouns
from forestapi.settings import Settings
from forestapi.store import records

BATCH = 2000
TEMPLATE = "bench_template"


class Figure(Struct, kw_only=True):
    """One measured figure beside its ceiling."""

    name: str
    figure: float
    unit: str
    ceiling: float | None = None
    """The same work by the shortest way there is, in the same run and unit."""
    goal: float | None = None
    """What `compared` must reach."""
    compared: Literal["at least", "at most", "figure at most"] = "at least"
    """`at least`, `at most`: of the ratio figure / ceiling; `figure at most`: of the figure itself."""
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """Figure over ceiling."""
        return None if not self.ceiling else self.figure / self.ceiling

    @property
    def is_reached(self) -> bool | None:
        """Whether the goal is reached; None where there is none."""
        if self.goal is None:
            return None
        if self.compared == "figure at most":
            return self.figure <= self.goal
        if self.ratio is None:
            return None
        return self.ratio >= self.goal if self.compared == "at least" else self.ratio <= self.goal


class Sizes(Struct, frozen=True):
    """How much of everything."""

    plots: int
    shifts: int


class Context(Struct, frozen=True):
    """What a benchmark runs in."""

    cluster: Cluster
    sizes: Sizes
    scratch: Path

    @asynccontextmanager
    async def database(self, name: str) -> AsyncIterator[tuple[asyncpg.Connection, Settings]]:
        """Make a migrated database with a programme, counties and species in it; it is dropped afterwards."""
        server = await asyncpg.connect(self._url("postgres"))
        await server.execute(f"create database {name} template {TEMPLATE}")
        settings = Settings(database_url=self._url(name), data=self.scratch / name)
        connection = await asyncpg.connect(settings.database_url)
        try:
            yield connection, settings
        finally:
            await connection.close()
            await server.execute(f"drop database {name} with (force)")
            await server.close()

    async def prepare(self) -> None:
        """Make the template that databases are copied from."""
        server = await asyncpg.connect(self._url("postgres"))
        await server.execute(f"create database {TEMPLATE}")
        await server.close()
        connection = await asyncpg.connect(self._url(TEMPLATE))
        await connection.execute("create extension postgis; create extension btree_gist")
        await migrate(Settings(database_url=self._url(TEMPLATE)))
        await connection.execute(
            f"insert into forest.programme (code, name_zh, name_en) values ('{_data.PROGRAMME}', 'b', 'b')"
        )
        codes, outlines = _data.counties(max(self.sizes.plots, 1))
        await connection.executemany(
            "insert into forest.region (code, level, name_zh, boundary) values ($1, 'county', $1, ST_GeomFromEWKB($2))",
            [(c, shapely.to_wkb(shapely.set_srid(o, 4326), include_srid=True)) for c, o in zip(codes, outlines, strict=True)],
        )  # fmt: skip
        await connection.execute("vacuum analyze")
        await connection.close()

    def _url(self, database: str) -> str:
        return f"postgresql://forest@/{database}?host={self.cluster.socket}"


class Benchmark(Struct, frozen=True):
    """A benchmark: its `run` measures figures."""

    name: str
    title: str
    run: Callable[[Context], Awaitable[list[Figure]]]


def plot_documents(made: _data.Plots, part: slice) -> list[dict[str, Any]]:
    """Write plots as the store takes them."""
    boundaries = made.wkb(part)
    return [
        {"id": str(key), "programme": _data.PROGRAMME, "number": str(key), "boundary": boundary,
         "capture_method": "file", "lifecycle": "planted", "attributes": {}}
        for key, boundary in zip(made.ids[part], boundaries, strict=True)
    ]  # fmt: skip


def planting_documents(made: _data.Plots, part: slice) -> list[dict[str, Any]]:
    """Write the planting of each plot."""
    return [
        {"id": str(key), "plot": str(key), "kind": "new", "started_on": str(day), "lines": [
            {"species": species, "design_holes": int(holes)}]}
        for key, day, species, holes in zip(
            made.ids[part], made.planted_on[part], made.species[part], made.design_holes[part], strict=True)
    ]  # fmt: skip


async def load_plots(connection: asyncpg.Connection, made: _data.Plots, *, planted: bool = True) -> tuple[float, float]:
    """Load plots through the store, in one transaction; seconds, and processor seconds."""
    clock = Clock(connection)
    async with connection.transaction():
        await connection.execute("select set_config('forest.actor', 'bench', true)")
        tx = Transaction(connection, "bench")
        for start in range(0, len(made.ids), BATCH):
            part = slice(start, start + BATCH)
            await records.save(tx, nouns()["plots"], plot_documents(made, part))
            if planted:
                await records.save(tx, nouns()["plantings"], planting_documents(made, part))
    return clock.stop()


async def history(connection: asyncpg.Connection, noun: str) -> str:
    """Write the statement that puts all records of a noun into the history, as its trigger does."""
    shape = await connection.fetchrow("select id, columns::text from forest.history_shape where noun = $1 order by id desc", noun)
    columns: list[list[str]] = msgspec.json.decode(shape["columns"])
    row = ", ".join(
        "null" if kind.startswith("geometry") else f"sha256(n.{name})" if kind == "bytea" else f"n.{name}" for name, kind in columns
    )
    boundary = next((f"n.{name}" for name, kind in columns if kind.startswith("geometry")), "null")
    return f"""insert into forest.history (transaction, recorded_at, era, revision, shape, action, noun, key, actor, row, boundary)
    select pg_current_xact_id(), now(), 1, n.revision, {shape["id"]}, 'create', '{noun}', n.id, 'bench', row({row})::text, {boundary}
    from forest.{noun} n"""


def processor_s(pid: int | None = None) -> float:
    """Processor seconds of a process so far (None: of this one); 0 where the system does not say."""
    if pid is None:
        return time.process_time()
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text("ascii").split()[0]) / 1e9
    except OSError:
        return 0.0


class Clock:
    """Measures a piece of work: seconds that passed, and processor seconds of this process and of its server process."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        """Start, beside the server process of this connection."""
        self._pid = connection.get_server_pid()
        self._began = time.perf_counter(), processor_s() + processor_s(self._pid)

    def stop(self) -> tuple[float, float]:
        """Give both."""
        wall, processor = self._began
        return time.perf_counter() - wall, processor_s() + processor_s(self._pid) - processor


async def add_workers(connection: asyncpg.Connection, count: int) -> list[str]:
    """Put workers in; their ids."""
    ids = _data.keys(3, range(count))  # type: ignore[arg-type]
    await connection.executemany(
        "insert into forest.worker (id, number, sex) values ($1, $2, $3)",
        [(key, str(n), "female" if n % 2 else "male") for n, key in enumerate(ids)],
    )
    return [str(key) for key in ids]


def shift_rows(
    made: _data.Shifts, workers: list[str], plots: list[str]
) -> list[tuple[str, str, str | None, date, str, int]]:
    """Give (id, worker, plot, date, activity, wage) for each shift."""
    return [
        (str(key), workers[w], plots[p] if plots else None, day, _data.ACTIVITIES[a], int(wage))
        for key, w, p, day, a, wage in zip(
            made.ids, made.worker.tolist(), made.plot.tolist(), made.dates, made.activity.tolist(),
            made.wage_yuan.tolist(), strict=True)
    ]  # fmt: skip


async def load_shifts(connection: asyncpg.Connection, rows: list[tuple[Any, ...]]) -> tuple[float, float]:
    """Load shifts through the store, in one transaction; seconds, and processor seconds."""
    noun = nouns()["shifts"]
    clock = Clock(connection)
    async with connection.transaction():
        await connection.execute("select set_config('forest.actor', 'bench', true)")
        tx = Transaction(connection, "bench")
        for start in range(0, len(rows), BATCH):
            documents = [
                {"id": key, "worker": worker, "programme": _data.PROGRAMME, "plot": plot, "work_date": str(day),
                 "number": 1, "activity": activity, "is_paid": True, "hours": 8, "hours_known": "measured",
                 "pay_basis": "day", "wage_yuan": wage, "status": "approved"}
                for key, worker, plot, day, activity, wage in rows[start : start + BATCH]
            ]  # fmt: skip
            await records.save(tx, noun, documents)
    return clock.stop()


async def median_ms(work: Callable[[], Awaitable[Any]], times: int = 7) -> float:
    """Run something a few times, once to warm up; the median in milliseconds."""
    await work()
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        await work()
        taken.append((time.perf_counter() - began) * 1000)
    return statistics.median(taken)


def described(figure: Figure) -> dict[str, Any]:
    """Give a figure with its ratio and whether its goal is reached."""
    return msgspec.to_builtins(figure) | {"ratio": figure.ratio, "is_reached": figure.is_reached}
