"""Page: the errors over HTTP."""

import ast
from pathlib import Path

import forestapi
from forestapi.cli._reference._page import Page, both, first_sentences, table
from forestapi.errors import ForestError
from geo.reading import CODES

NARROWER = {
    "wrong-shape": "The body, a parameter or a field is not of the type that is expected; `problems` names it.",
    "breaks-rule": "A rule refuses the record; `problems` has every finding.",
    "unknown-parameter": "The address has a parameter that the list does not have.",
    "bad-filter": "`filter` is no CQL2, or compares what cannot be compared; the message says where.",
    "filter-too-costly": "`filter` is longer, deeper or larger than it may be, or takes the database too long.",
    "unknown-property": "`filter` names a property that there is not, or that this reader cannot read.",
    "unknown-code": "A filter names a programme, region, species or crew that there is not; the message lists those like it.",
    "unknown-column": "`map` names a column that the file does not have, or a field that there is not.",
    "programme-needed": "There are several programmes, and the import does not say which.",
    "tiles-busy": "More map tiles are asked for than this server process can make; try again after `Retry-After`.",
    "timeout": "A query took longer than `FOREST_STATEMENT_TIMEOUT_S`.",
    "too-deep": "The JSON is nested more deeply than 32 levels.",
    "too-early": "A month, or the correction of a year, is not due for release yet; the message says from when.",
    "must-be-corrected": "A held record cannot be accepted: a rule that nobody may wave through, or the ledger, still forbids it.",
    "overlap-order": "Other decisions about overlaps already put the two plots in the other order of credit; change those first.",
    "out-of-scope": "The record or figure would be of a programme or crew that the token is not for.",
    "reason-needed": "An identity is only read with a reason, in the header `Forest-Reason`.",
    "sheet-unknown": "A crew's sheet has lost the hidden columns that say of which crew and month it is.",
    "not-evidence": "What was sent as evidence is no photograph (JPEG, PNG, WebP) and no PDF.",
    "evidence-too-large": "A photograph is over 20 MB.",
    "enrolment-code": "The code that enrols a phone is not known, used, or older than a day.",
    "hash-differs": "The bytes of a photo are not what the SHA-256 in the address says; nothing was kept.",
    "not-a-photo": "The bytes are no JPEG, PNG or WebP.",
    "photo-quota": "The device or crew has handed in `FOREST_PHOTO_MB_PER_DAY` megabytes of photos within a day.",
    "bad-archive": "The archive is damaged, lacks a segment, or ends before the moment that is to be restored.",
    "retention": "The identity may not be erased yet: wage records are kept for `FOREST_RETENTION_YEARS`, three at least.",
    "wrong-master-key": "The instance's master key is not the one that the identities are sealed under.",
    "busy": "As many files are being imported as may be at once; try again in a while.",
    "retry": "Writers waited for each other; send the same request again.",
}
"""Codes that narrow a class's own, in words; a test sees that none is left out."""


def write() -> str:
    """Write all codes."""
    kinds: list[type[ForestError]] = [ForestError, *ForestError.__subclasses__()]
    classes = sorted(
        (kind for kind in kinds if kind.__module__ == ForestError.__module__),
        key=lambda kind: (kind.status, kind.code),
    )
    parts = [
        "# Errors\n",
        "An error is an RFC 9457 document (`application/problem+json`): `type`, `code` (stable), `status`, `title` "
        "and `detail` in English, `title_zh` and `detail_zh` in Chinese, and `problems`: a list of `field`, `rule`, "
        "`place` and `message` in both languages.\n",
        table(
            ("Code", "Status", "Title", "When"),
            [(f"`{k.code}`", str(k.status), both(k.title), _when(k)) for k in classes],
        ),
        "Narrower codes, with the status of their kind:\n",
        table(("Code", "When"), [(f"`{code}`", text) for code, text in NARROWER.items()]),
        "A file that cannot be read as a whole is answered by 422 with one of these codes:\n",
        table(("Code", "Meaning"), [(f"`{code}`", both(text)) for code, text in CODES.items()]),
    ]
    return "\n".join(parts)


def _when(kind: type[ForestError]) -> str:
    return (
        "The server is at fault; it has logged what happened."
        if kind is ForestError
        else first_sentences(kind)
    )


def codes_in_use() -> set[str]:
    """Find every narrower code in the product's source: a literal argument `code=` of a call."""
    root = Path(forestapi.__file__).parent
    found = set()
    for path in root.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                found |= {
                    str(k.value.value)
                    for k in node.keywords
                    if k.arg == "code" and isinstance(k.value, ast.Constant)
                }
    return found


PAGE = Page(name="errors", title="Errors", about="every error code over HTTP", write=write)
