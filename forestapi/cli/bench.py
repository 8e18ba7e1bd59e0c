"""`forest bench`: how fast it is on this machine, beside what the same work costs by the shortest way."""

import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import rich_click as click

from forestapi.cli._shared import Failed, json_option, print_json, progress, run


@click.command()
@click.argument("name", required=False)
@click.option("--plots", default=20_000, show_default=True, help="How many plots; 200000 is the full size.")
@click.option("--shifts", default=100_000, show_default=True, help="How many shifts; 5000000 is the full size.")
@json_option
@run
async def COMMAND(name: str | None, plots: int, shifts: int, as_json: bool) -> None:
    """Run all benchmarks, or the one that is called NAME, on a scratch database cluster that is deleted afterwards.

    They stand in the folder `benchmarks` of a checkout, one file each.
    """
    try:
        import benchmarks
        from benchmarks._benchmark import Context, Sizes, described
    except ImportError as error:
        raise Failed("the benchmarks are in the repository, not in the installed package") from error
    from forestapi.db.cluster import Cluster
    from forestapi.registry import discover

    found: dict[str, Any] = discover(benchmarks, "BENCHMARK")
    if name is not None and name not in found:
        raise click.UsageError(f"there is no benchmark {name}; there are: {', '.join(found)}")
    folder = Path(tempfile.mkdtemp(prefix="forest-bench-"))
    folder.chmod(0o755)
    cluster = Cluster(folder)
    figures = []
    try:
        cluster.create()
        cluster.start()
        context = Context(cluster, Sizes(plots, shifts), folder)
        await context.prepare()
        for key, benchmark in found.items():
            if name in (None, key):
                progress.print(f"{key}: {benchmark.title} …")
                figures += [described(figure) for figure in await benchmark.run(context)]
    finally:
        cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)
    machine = {"cores": os.cpu_count(), "load": os.getloadavg()[0], "plots": plots, "shifts": shifts}
    print_json({"machine": machine, "figures": figures}) if as_json else _print(machine, figures)


def _print(machine: dict[str, Any], figures: list[dict[str, Any]]) -> None:
    sys.stdout.write("| name | figure | unit | ceiling | ratio | goal | reached | |\n|---|---|---|---|---|---|---|---|\n")
    for f in figures:
        goal = "" if f["goal"] is None else f"{'≥' if f['compared'] == 'at least' else '≤'} {f['goal']:g}"
        reached = {True: "yes", False: "no", None: ""}[f["is_reached"]]
        cells = (
            f["name"], _short(f["figure"]), f["unit"], _short(f["ceiling"]), _short(f["ratio"]), goal, reached, f["note"]
        )  # fmt: skip
        sys.stdout.write(f"| {' | '.join(cells)} |\n")
    sys.stdout.write(
        f"\n{machine['cores']} cores, load {machine['load']:.1f} at the end; {machine['plots']:,} plots, {machine['shifts']:,} shifts.\n"
    )


def _short(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
