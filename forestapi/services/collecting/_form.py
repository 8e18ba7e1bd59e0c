"""What a form is, and how it becomes the XForm that ODK Collect downloads."""

import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct, json

from forestapi.db.transaction import Transaction
from forestapi.records import Document
from forestapi.rules import Finding
from forestapi.services.admitting import Companion
from forestapi.services.collecting._answers import Answers
from geo.text import Text

LANGUAGES = {"zh": "中文 (zh)", "en": "English (en)"}


class Question(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One row of a form's table, in the words of XLSForm: a question, or the begin or end of a repeat."""

    type: str
    name: str = ""
    label: Text | None = None
    hint: Text | None = None
    required: bool = False
    readonly: bool = False
    relevant: str = ""
    """XPath: when it is asked."""
    constraint: str = ""
    constraint_message: Text | None = None
    calculation: str = ""
    choice_filter: str = ""
    repeat_count: str = ""
    default: str = ""
    appearance: str = ""
    parameters: str = ""

    def row(self) -> dict[str, str]:
        """Give the row as pyxform reads it."""
        plain = {
            name: getattr(self, name)
            for name in ("type", "name", "relevant", "constraint", "calculation", "choice_filter", "repeat_count",
                         "default", "appearance", "parameters")
            if getattr(self, name)
        }  # fmt: skip
        return plain | _said(self, ("label", "hint", "constraint_message")) | {
            name: "yes" for name in ("required", "readonly") if getattr(self, name)
        }


class Entry(Struct, kw_only=True):
    """One record that a submission makes."""

    noun: str
    document: Document
    findings: list[Finding] = []
    """What reading it has found already, with index 0."""
    companion: Companion | None = None
    """What is admitted after it."""
    photos: list[str] = []
    """File names of the photos of it."""


Read = Callable[[Transaction, Answers], Awaitable[list[Entry]]]


class Form(Struct, frozen=True, kw_only=True):
    """One form: its table, and how its answers become records."""

    name: str
    """The form's id, and its address."""
    title: Text
    about: Text
    """What it is for, in one sentence."""
    questions: Sequence[Question]
    choices: Mapping[str, Mapping[str, Text]] = {}
    """Lists that questions choose from: list -> code -> words."""
    media: Sequence[str] = ()
    """Lists that each token has its own of: `_lists.py`."""
    read: Read


class Built(Struct, frozen=True):
    """A form as it is downloaded."""

    xml: bytes
    version: str
    """A hash of the form's content: a form that says the same has the same version, on every server."""
    md5: str


def build(form: Form) -> Built:
    """Make a form's XForm with pyxform, in a few hundredths of a second."""
    from pyxform.xls2xform import convert

    table = sheets(form)
    version = hashlib.sha256(json.encode(table, order="deterministic")).hexdigest()[:12]
    table["settings"] = [{**table["settings"][0], "version": version}]
    xml = convert(table, form_name="data").xform.encode()
    return Built(xml, version, hashlib.md5(xml, usedforsecurity=False).hexdigest())


def sheets(form: Form) -> dict[str, Any]:
    """Write a form as the sheets of an XLSForm: survey, choices and settings, without a version."""
    choices = [
        {"list_name": name, "name": code} | _words("label", words)
        for name, codes in form.choices.items()
        for code, words in codes.items()
    ]
    settings = {
        "form_title": f"{form.title.zh} {form.title.en}",
        "form_id": form.name,
        "default_language": LANGUAGES["zh"],
    }
    return {"survey": [q.row() for q in form.questions], "choices": choices, "settings": [settings]}


def _said(question: Question, columns: Sequence[str]) -> dict[str, str]:
    return {
        name: words for c in columns if (text := getattr(question, c)) for name, words in _words(c, text).items()
    }


def _words(column: str, text: Text) -> dict[str, str]:
    return {f"{column}::{language}": getattr(text, code) for code, language in LANGUAGES.items()}
