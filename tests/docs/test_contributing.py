"""The examples in CONTRIBUTING.md work as they stand."""

import re
import types
from pathlib import Path

from forestapi import stats
from forestapi.db.transaction import Transaction
from forestapi.rules import Batch
from forestapi.rules._rule import finding

ROOT = Path(__file__).parents[2]


def example(file: str) -> types.ModuleType:
    """Run the block of CONTRIBUTING.md that names `file` in its first line, as that module."""
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    blocks = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    source = next(block for block in blocks if block.startswith(f"# {file}\n"))
    module = types.ModuleType("example")
    exec(compile(source, file, "exec"), module.__dict__)
    return module


async def test_the_statistic_can_be_asked(tx: Transaction) -> None:
    statistic = example("forestapi/stats/mean_plot.py").STATISTIC
    assert statistic.name not in stats.statistics()
    answer = await stats.answer(tx, statistic, by=("region", "year"))
    assert answer["rows"] == [] and answer["total"] == {"mean_area": 0}


def test_the_rule_speaks() -> None:
    rule = example("forestapi/rules/shift_long_day.py").RULE
    batch = Batch(rows=[1, 2, 3], columns={"hours": [8, "13.5", None]})
    said = [finding(rule, hit) for hit in rule.check(batch)]
    assert [(f.index, f.message.en) for f in said] == [(1, "13.5 hours; check the sheet.")]
