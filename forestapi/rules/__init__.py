"""The one rule set that every way in obeys: API, file import, sync, forms, QGIS.

A rule is one file in this folder that declares `RULE`; `judge` runs all rules of a noun over a batch.
"""

import sys
from functools import cache
from typing import cast

from forestapi.registry import discover
from forestapi.rules._activities import activity_code
from forestapi.rules._elsewhere import title_elsewhere
from forestapi.rules._facts import LayerFacts
from forestapi.rules._rule import (
    Batch,
    Finding,
    Hit,
    Noun,
    Parameter,
    Rule,
    Severity,
    Threshold,
    finding,
)
from forestapi.rules._shared import Shared
from geo.text import Text

__all__ = [
    "Batch",
    "Finding",
    "Hit",
    "LayerFacts",
    "Noun",
    "Parameter",
    "Rule",
    "Severity",
    "Shared",
    "Threshold",
    "activity_code",
    "judge",
    "rules",
    "title_of",
]

_WORST_FIRST = {"refuse": 0, "hold": 1, "note": 2}


def rules(noun: Noun | None = None) -> dict[str, Rule]:
    """Give the rules, all or of one noun, by their stable ids."""
    return {name: rule for name, rule in _every_rule().items() if noun is None or rule.noun == noun}


def title_of(name: str) -> Text:
    """Give the title of a rule, or of what an import or the database found; its name where neither knows it."""
    rule = rules().get(name)
    return rule.title if rule else title_elsewhere(name) or Text(name, name)


@cache
def _every_rule() -> dict[str, Rule]:
    return cast(dict[str, Rule], discover(sys.modules[__name__], "RULE"))


def judge(noun: Noun, batch: Batch) -> list[Finding]:
    """Ask every rule of `noun` about every row; several may speak about one.

    Returns:
        Findings in the order of rows, the most severe of a row first. A row without one is fine.

    """
    found = [finding(rule, hit, batch) for rule in rules(noun).values() for hit in rule.check(batch)]
    return sorted(found, key=lambda f: (f.index, _WORST_FIRST[f.severity], f.rule))
