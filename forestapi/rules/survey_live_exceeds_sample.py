"""More living holes than holes."""

from collections.abc import Iterator

from forestapi.rules._rule import Batch, Hit, Rule
from forestapi.rules._values import number_of
from geo.text import Text


def check(batch: Batch) -> Iterator[Hit]:
    """Compare the two counts."""
    pairs = zip(batch.column("live_holes"), batch.column("sample_holes"), strict=True)
    for i, (live, sample) in enumerate(pairs):
        live, sample = number_of(live), number_of(sample)
        if live is not None and sample is not None and live > sample:
            yield Hit(i, field="live_holes", values={"live": int(live), "sample": int(sample)})


RULE = Rule(
    name="survey-live-exceeds-sample",
    noun="surveys",
    severity="refuse",
    title=Text(zh="成活穴数多于样地穴数", en="More live than sampled"),
    message=Text(
        zh="成活 {live} 穴，样地只有 {sample} 个设计穴。请核对 live_holes 与 sample_holes 是否写反。",
        en="{live} holes are alive among {sample} sampled. Check whether live_holes and sample_holes are exchanged.",
    ),
    explanation=Text(
        zh="成活率是成活穴数除以设计穴数，不会超过 1。",
        en="Survival is live over design holes and never exceeds 1.",
    ),
    check=check,
)
