"""Page: the forms for ODK Collect."""

from forestapi.cli._reference._page import Page, both, codes, table
from forestapi.services.collecting import Form, forms


def write() -> str:
    """Write every form with its questions."""
    parts = [
        "# Forms\n",
        "What ODK Collect downloads from `/odk/TOKEN/formList`; [how to set a phone up](../how-to/collect-with-odk.md). "
        "A form's version is a hash of its content. Lists (`crews.csv`, `workers.csv`, `plots.csv`, `programmes.csv`, "
        "`species.csv`) hold what the token reaches.\n",
        *(_one(form) for form in forms().values()),
    ]
    return "\n".join(parts)


def _one(form: Form) -> str:
    asked = [q for q in form.questions if q.label is not None and q.type != "note" and not q.type.startswith("begin")]
    rows = [(f"`{q.name}`", both(q.label), f"`{q.type}`", "yes" if q.required else "") for q in asked if q.label]
    return "\n".join(
        [
            f"## {form.name}\n",
            f"{both(form.title)}. {both(form.about)} Lists: {codes(f'{name}.csv' for name in form.media)}.\n",
            table(("Answer", "Question", "Type", "Required"), rows),
        ]
    )


PAGE = Page(name="forms", title="Forms", about="the forms for ODK Collect, question by question", write=write)
