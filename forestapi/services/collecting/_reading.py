"""What the readers of several forms share: fitting answers into records, and finding the plot that is meant."""

from collections.abc import Mapping
from typing import Any

from forestapi.db.transaction import Transaction
from forestapi.records import Document, nouns
from forestapi.rules import Finding
from forestapi.services.collecting._answers import Answers
from forestapi.services.importing import _columns
from forestapi.store import collecting as store
from geo.text import Text


def shape(noun_name: str, values: Mapping[str, Any]) -> tuple[Document, list[Finding]]:
    """Fit answers into a noun's record; an answer that does not fit its field is found."""
    noun = nouns()[noun_name]
    document, trouble = _columns.shape(0, noun.table, noun.struct, dict(values))
    return {**document, "id": document.get("id") or values["id"]}, [trouble] if trouble else []


async def plot(tx: Transaction, answers: Answers) -> tuple[str | None, str | None]:
    """Find the plot that a form chose from its list, or named by number: its id, and its programme.

    A number counts only if it is one plot's within the token's reach.
    """
    found = await store.plots(tx, ids=answers.chosen("plot")[:1], number=answers.text("plot_number"))
    return (found[0]["id"], found[0]["programme"]) if len(found) == 1 else (None, None)


def no_plot(noun: str, answers: Answers) -> Finding:
    """Say that the ledger has no such plot, or several."""
    told = answers.text("plot_number") or answers.text("plot") or "?"
    message = Text(
        f"台账中没有（或有多个）小班 {told}；请先提交小班，再在待处理记录中补上。",
        f"The ledger has no plot, or several, for {told}; send the plot first, then fill it in among held records.",
    )
    return Finding(0, f"{noun}-plot-unknown", "hold", None, "plot", message, {})
