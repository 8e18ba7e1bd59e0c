"""Ground that another plot claims too, in whatever programme."""

from collections.abc import Iterator

from forestapi.rules._rule import Batch, Hit, Parameter, Rule
from forestapi.rules._shared import shared_ground
from geo.text import Text

NONE_MORE = Text(zh="", en="")


def check(batch: Batch) -> Iterator[Hit]:
    """Name the plot that shares most ground: of the ledger, or an earlier row of the same rows."""
    least_m2 = batch.limit(RULE, "least_m2")
    for i, shared in shared_ground(batch).items():
        counted = sorted((s for s in shared if s.area_m2 >= least_m2), key=lambda s: -s.area_m2)
        if counted:
            most = counted[0]
            values = {
                "number": most.number,
                "programme": most.programme,
                "area_m2": round(most.area_m2),
                "percent": f"{min(100.0, 100 * most.area_m2 / float(batch.area_m2[i])):.1f}",
                "more": _more(len(counted) - 1),
            }
            yield Hit(i, field="boundary", values=values)


def _more(count: int) -> Text:
    if count == 0:
        return NONE_MORE
    return Text(zh=f"另与 {count} 个小班重叠。", en=f"It overlaps {count} more.")


RULE = Rule(
    name="plot-overlap",
    noun="plots",
    severity="note",
    title=Text(zh="与其他小班重叠", en="Overlaps another plot"),
    message=Text(
        zh="与小班 {number}（{programme}）重叠 {area_m2} 平方米，占本小班的 {percent}%。{more}重叠的地只计一次；若边"
        "界画错，请改正。",
        en="Shares {area_m2} m² ({percent}% of itself) with plot {number} ({programme}). {more} Shared ground counts "
        "once; if a boundary is wrong, correct it.",
    ),
    explanation=Text(
        zh="重叠本身不是错误：净面积、归属和重叠台账会处理。补植、共用边界和重复上报都会重叠。",
        en="An overlap alone is no error: net area, credit and the overlap ledger deal with it. Replanting, shared "
        "edges and double reports all overlap.",
    ),
    check=check,
    parameters={"least_m2": Parameter(1, 0.01, 100_000, "m²", Text("最小重叠", "least overlap"))},
)
