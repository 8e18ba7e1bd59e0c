"""Ground that the programme has already, as another plot."""

from collections.abc import Iterator

from forestapi.rules._rule import Batch, Hit, Parameter, Rule
from forestapi.rules._shared import shared_ground
from geo.text import Text


def check(batch: Batch) -> Iterator[Hit]:
    """Compare what a new or moved boundary shares with another plot of its programme with what both cover."""
    least = batch.limit(RULE, "least_percent") / 100
    programmes = batch.column("programme")
    for i, shared in shared_ground(batch).items():
        same = [s for s in shared if s.is_news and s.of_both >= least and s.programme == str(programmes[i])]
        if same:
            most = max(same, key=lambda s: s.of_both)
            percent = f"{min(100.0, 100 * most.of_both):.1f}"
            yield Hit(i, field="boundary", values={"number": most.number, "percent": percent})


RULE = Rule(
    name="plot-known",
    noun="plots",
    severity="hold",
    title=Text(zh="同一块地已在台账中", en="Ground known already"),
    message=Text(
        zh="与本项目的小班 {number} 几乎是同一块地（两者合并面积的 {percent}% 相同）。若是同一小班，请修改或补植该小班，不要新建；"
        "若确是另一个小班，请管理员接受。",
        en="This is nearly the ground of plot {number} of the programme ({percent}% of what both cover is the same). If it is the"
        " same plot, change that one, or record a replanting of it; if it is another, let an administrator accept it.",
    ),
    explanation=Text(
        zh="同一图层换个名字或不带编号再来一次，会把每个小班、株数和毛面积记两遍；净面积不变，所以看不出来。因此暂存待定，而一般"
        "的重叠只提示。已在台账中且边界未变的小班不受影响。",
        en="A layer that comes again under another name, or without its keys, would enter every plot, its trees and its gross"
        " area twice; net area stays the same, so nobody would see it. Hence it waits for a decision, while an overlap is"
        " only noted. A plot that the ledger has with this very boundary is not asked again.",
    ),
    check=check,
    parameters={"least_percent": Parameter(90, 60, 100, "%", Text("相同部分下限", "least in common"))},
)
