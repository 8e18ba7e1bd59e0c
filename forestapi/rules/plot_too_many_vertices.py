"""A boundary with far more vertices than a survey makes."""

from collections.abc import Iterator

from forestapi.rules._rows import rows_where
from forestapi.rules._rule import Batch, Hit, Rule
from geo import validity
from geo.formats import MAX_VERTICES
from geo.text import Text

LIMIT = 10_000


def check(batch: Batch) -> Iterator[Hit]:
    """Count the vertices; the reader itself gives up far above."""
    counts = validity.vertex_counts(batch.source)
    for i in rows_where(counts > LIMIT):
        yield Hit(i, field="boundary", values={"vertices": int(counts[i]), "limit": LIMIT})
    for i in rows_where(batch.problem == "too-many-vertices"):
        yield Hit(i, batch.place[i], "boundary", {"vertices": f"> {MAX_VERTICES}", "limit": LIMIT})


RULE = Rule(
    name="plot-too-many-vertices",
    noun="plots",
    severity="refuse",
    title=Text(
        zh="顶点过多",
        en="Too many vertices",
    ),
    message=Text(
        zh="边界有 {vertices} 个顶点，最多 {limit} 个。请用 GIS 软件简化（容差约 1 米）后重新导入。",
        en="The boundary has {vertices} vertices; the most is {limit}. Simplify it in a GIS (by about 1 "
        "m) and import again.",
    ),
    explanation=Text(
        zh="人走的边界很少超过几千个点；上万个点多来自栅格转换，会拖慢所有人。",
        en="A walked boundary seldom has more than a few thousand points; tens of thousands come from "
        "rasters.",
    ),
    check=check,
)
