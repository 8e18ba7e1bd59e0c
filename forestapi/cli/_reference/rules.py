"""Page: the rules."""

from collections.abc import Iterator

from forestapi.cli._reference._page import Page, both, quoted, table
from forestapi.rules import Rule, rules
from forestapi.rules._elsewhere import OTHERS

_MEANING = {
    "refuse": "not stored",
    "hold": "kept as submitted, counted nowhere until someone decides",
    "note": "stored and counted; someone should look",
}


def write() -> str:
    """Write all rules, those of the registry with their explanation."""
    found = rules()
    parts = [
        "# Rules\n",
        "Every way in obeys the same rules, and no rule changes a record. The ids are stable. Messages name the "
        "place, which stands in braces here.\n",
        table(("Severity", "Meaning"), [(f"`{name}`", text) for name, text in _MEANING.items()]),
        "## All of them\n",
        table(
            ("Rule", "Severity", "Title"),
            [(f"[`{r.name}`](#{r.name})", r.severity, both(r.title)) for r in found.values()],
        ),
        "Found out while importing or storing:\n",
        table(
            ("Rule", "Severity", "Title", "Meaning"),
            [(f"`{name}`", severity, both(title), both(text)) for name, (severity, title, text) in OTHERS.items()],
        ),
        *(_one(rule) for rule in found.values()),
    ]
    return "\n".join(parts)


def _one(rule: Rule) -> str:
    return "\n".join(
        [
            f"## {rule.name}\n",
            f"**{both(rule.title)}** ({rule.noun}, {rule.severity})\n",
            f"> {rule.message.en.strip()}\n>\n> {rule.message.zh.strip()}\n",
            quoted(rule.explanation),
            *_further(rule),
        ]
    )


def _further(rule: Rule) -> Iterator[str]:
    """Write what a programme may set, who may wave the rule through, and what is suggested."""
    if rule.parameters:
        rows = [
            (f"`{name}`", both(p.title), f"{p.default:g} {p.unit}".strip(), f"{p.low:g} to {p.high:g}")
            for name, p in rule.parameters.items()
        ]
        yield table(("A programme may set", "Meaning", "Default", "Bounds"), rows)
    if rule.severity == "hold":
        roles = ", ".join(f"`{role}`" for role in sorted(rule.waivable_by))
        yield f"A held record may be accepted in spite of it by: {roles or 'nobody; correct the record'}.\n"
    if rule.repair:
        yield "A repair can be suggested; it is never applied by itself.\n"


PAGE = Page(
    name="rules", title="Rules", about="what is checked, how gravely, and in which words", write=write
)
