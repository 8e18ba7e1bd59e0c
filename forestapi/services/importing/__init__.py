"""Importing a file: read in a child process, judged and admitted in one transaction, reported row by row.

A noun that can be imported is one file of this folder that declares its `IMPORTER`.
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from datetime import datetime
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
import pyarrow as pa
from pyproj import CRS
from uuid_utils.compat import uuid7

from forestapi.access import Actor, allows, out_of_scope, reaches
from forestapi.db.transaction import Transaction, transaction
from forestapi.errors import BadRequest, Invalid, Problem
from forestapi.records import CIVIL_TIME, nouns
from forestapi.records.programmes import Programme
from forestapi.registry import discover
from forestapi.rules import LayerFacts
from forestapi.services import admitting, batches
from forestapi.services.admitting import Verdict
from forestapi.services.importing import _again, _cells, _columns, _evidence, _files, _report, _revisions
from forestapi.services.importing._evidence import Paper
from forestapi.services.importing._evidence import kept as kept_evidence
from forestapi.services.importing._importer import Importer, Job, Options, Parsed, Row
from forestapi.services.importing._report import Report, RowReport
from forestapi.settings import Settings
from forestapi.store import crew_sheets as crew_sheets_store
from forestapi.store import held, submissions
from forestapi.store import plots as plots_store
from geo import crs as geo_crs
from geo.reading import Layer, ReadError, read_layer
from geo.text import Text

__all__ = [
    "Importer",
    "Options",
    "Report",
    "RowReport",
    "attach",
    "corrections",
    "import_file",
    "importers",
    "kept_evidence",
]

BATCH_ROWS = 2000

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and how much there is."""


class _DryRunError(Exception):
    """Ends a dry run's transaction, so that nothing of it stays."""


def importers() -> dict[str, Importer]:
    """Give what can be imported, by noun."""
    return discover(sys.modules[__name__], "IMPORTER")  # type: ignore[return-value]


async def import_file(
    settings: Settings,
    pool: asyncpg.Pool,
    noun: str,
    path: Path,
    options: Options,
    *,
    actor: Actor | str,
    file_name: str | None = None,
    evidence: Sequence[Path] = (),
    reason: str | None = None,
    progress: Progress = lambda what, done, total: None,
) -> Report:
    """Import one file; all of its admitted rows are in the ledger afterwards, or none.

    `evidence` are photographs of the paper that the file was copied from; `reason` goes into the history.

    Raises:
        Invalid: the file as a whole cannot be read; `code` says why.
        BadRequest: the options do not fit the file.

    """
    began = time.monotonic()
    importer = importers()[noun]
    with tempfile.TemporaryDirectory(prefix="forest-import-") as scratch:
        try:
            layer = await asyncio.to_thread(
                read_layer, path, format=options.format, crs=options.crs, layer=options.source_layer,
                is_table=importer.is_table, tracks_as_boundaries=options.tracks_as_boundaries, prefer=noun, out=Path(scratch) / "rows.arrow", memory_mb=settings.import_memory_mb,
                seconds=settings.import_seconds, on_progress=lambda done, total: progress("reading", done, total),
            )  # fmt: skip
        except ReadError as error:
            raise Invalid(error.text, code=error.code) from error
        found = importer.unfold and await asyncio.to_thread(importer.unfold, layer, Path(scratch) / "cells.arrow")
        layer, sheet = found or (layer, None)
        if sheet is not None and options.layer is None:
            options = msgspec.structs.replace(options, layer=layer.name)
        exported = None if importer.is_table else await asyncio.to_thread(
            _revisions.exported_ids, path, layer, Path(scratch) / "exported.arrow", settings.import_memory_mb, settings.import_seconds
        )  # fmt: skip
        papers = [await asyncio.to_thread(_evidence.look_at, each) for each in evidence]
        crs = geo_crs.parse(layer.crs) if layer.crs else None
        facts = (
            None if importer.is_table else await asyncio.to_thread(LayerFacts.collect, layer.batches(), crs)
        )
        sha256 = await asyncio.to_thread(_files.sha256_of, path)
        if not options.is_dry_run:
            await asyncio.to_thread(_files.keep, path, sha256, settings.data)
            for paper in papers:
                await asyncio.to_thread(_files.keep, paper.path, paper.sha256, settings.data, paper.suffix)
        report = _new_report(noun, file_name or path.name, layer, options)
        try:
            async with transaction(pool, actor, timeout_s=0, reason=reason) as tx:
                await tx.connection.execute("set local idle_in_transaction_session_timeout = 0")
                options = await _with_home(tx, options, sheet, exported)
                options = await _with_programme(tx, importer, options, report)
                await _admit_all(tx, importer, layer, crs, facts, options, sha256, report, progress, sheet, papers, exported)
                if _is_for_nothing(report):
                    report.notes = [note for note in report.notes if note != _created(report.programme, report.is_dry_run)]
                    raise _DryRunError
                if options.is_dry_run:
                    await tx.settle()
                    raise _DryRunError
                progress("settling areas", 0, 0)
        except _DryRunError:
            pass
        report.seconds = round(time.monotonic() - began, 2)
        _files.private(settings.data / "reports")
        folder = settings.data / "reports" / report.submission
        await asyncio.to_thread(_report.save, report, layer.batches(), importer.is_table, folder)
    return report


def _new_report(noun: str, file_name: str, layer: Layer, options: Options) -> Report:
    return Report(
        noun=noun,
        file=file_name,
        submission=str(uuid7()),
        programme=options.programme,
        layer=options.layer or Path(file_name).stem,
        format=layer.format,
        crs=layer.crs,
        is_dry_run=options.is_dry_run,
        counts=_report.no_counts(),
        columns={},
        kept=[],
        notes=list(layer.notes),
        rows_listed="all" if layer.rows <= _report.LISTED_ROWS else "noteworthy",
    )


async def _admit_all(
    tx: Transaction,
    importer: Importer,
    layer: Layer,
    crs: CRS | None,
    facts: LayerFacts | None,
    options: Options,
    sha256: str,
    report: Report,
    progress: Progress,
    sheet: Any,
    papers: list[Paper],
    exported: dict[str, str] | None,
) -> None:
    if options.key and options.key not in layer.columns:
        names = ", ".join(layer.columns)
        raise BadRequest(
            Text(
                f"文件中没有列 {options.key}；现有：{names}。",
                f"The file has no column {options.key}; it has: {names}.",
            )
        )
    job = Job(
        options=msgspec.structs.replace(options, layer=report.layer),
        layer=layer,
        fields=_columns.assign(layer.columns, importer.fields, options.columns),
        submission=report.submission,
        crs=crs,
        facts=facts,
        regions=await batches.programme_regions(tx, options.programme) if options.programme else None,
        today=datetime.now(CIVIL_TIME).date(),
        sheet=sheet,
        exported=exported,
    )
    report.columns = job.fields
    report.kept = [
        c for c in layer.columns if c not in job.fields.values() and not c.startswith(_columns.IGNORED_PREFIX)
    ]
    noun = nouns()[importer.name]
    await submissions.insert(
        tx, id=report.submission, noun=noun.name, file_name=report.file, sha256=sha256, programme=options.programme,
        layer=report.layer, crs=layer.crs,
    )  # fmt: skip
    await submissions.add_evidence(tx, report.submission, [paper.record for paper in papers])
    report.evidence = [paper.sha256 for paper in papers]
    absence = _cells.Absence(options.programme or "", sheet) if sheet is not None else None
    again = await _again.begin(tx, importer.name, options.programme, report.layer, exported)
    done = 0
    async with aclosing(_parsed(importer, job)) as batches_of_file:
        async for parsed in batches_of_file:
            rows = parsed.rows
            prepared = await importer.prepare(tx, job, parsed)
            verdicts = await admitting.admit(
                tx, noun, prepared.documents, prepared.batch, identities=prepared.identities,
                further=prepared.further, companions=prepared.companions,
            )  # fmt: skip
            if importer.finish:
                await importer.finish(tx, job, prepared, verdicts)
            await held.release_ids(tx, _superseded(rows, verdicts))
            if again:
                again.add(rows, prepared, verdicts)
            if absence:
                absence.add(prepared)
            for row, verdict in zip(rows, verdicts, strict=True):
                report.add(row.number, verdict, _report.cell_of(row.attributes))
            done += len(rows)
            progress("checking and storing", done, layer.rows)
    report.notes += job.notes
    if again:
        report.again = await again.finish(tx)
    if absence:
        report.absent = await absence.finish(tx)
    await submissions.count(tx, report.submission, report.counts)


def _superseded(rows: list[Row], verdicts: list[Verdict]) -> list[str]:
    """List the held records that rows of a correction file have taken the place of."""
    return [
        str(row.attributes[_report.HELD_COLUMN])
        for row, verdict in zip(rows, verdicts, strict=True)
        if row.attributes.get(_report.HELD_COLUMN)
        and verdict.outcome != "refused"
        and verdict.key != row.attributes[_report.HELD_COLUMN]
    ]


async def _parsed(importer: Importer, job: Job) -> AsyncGenerator[Parsed, None]:
    """Give the batches of a file; each is parsed in a thread while the one before it is judged and stored."""
    batches_of_layer = job.layer.batches(BATCH_ROWS)

    def parse() -> Parsed | None:
        arrow = next(batches_of_layer, None)
        return None if arrow is None else importer.parse(job, arrow, _rows(arrow))

    coming = asyncio.ensure_future(asyncio.to_thread(parse))
    try:
        while (parsed := await asyncio.shield(coming)) is not None:
            coming = asyncio.ensure_future(asyncio.to_thread(parse))
            yield parsed
    finally:
        await asyncio.wait([coming])  # the file that it reads is deleted after us
        batches_of_layer.close()


def _rows(arrow: pa.RecordBatch) -> list[Row]:
    return [
        Row(number, msgspec.json.decode(text))
        for number, text in zip(
            arrow.column("row").to_pylist(), arrow.column("attributes").to_pylist(), strict=True
        )
    ]


def _created(programme: str | None, is_dry_run: bool) -> Text:
    if is_dry_run:
        return Text(f"将新建项目 {programme}。", f"The programme {programme} would be created.")
    return Text(f"新建了项目 {programme}。", f"The programme {programme} was created.")


def _is_for_nothing(report: Report) -> bool:
    """Whether a programme was made for a file of which no row was kept."""
    kept = sum(count for outcome, count in report.counts.items() if outcome != "refused")
    return not kept and _created(report.programme, report.is_dry_run) in report.notes


async def attach(tx: Transaction, settings: Settings, submission: str, photographs: Sequence[Path]) -> None:
    """Keep photographs of the paper with a file that came earlier.

    Raises:
        Invalid: one is no photograph or scan, or is too large.

    """
    papers = [await asyncio.to_thread(_evidence.look_at, each) for each in photographs]
    for paper in papers:
        await asyncio.to_thread(_files.keep, paper.path, paper.sha256, settings.data, paper.suffix)
    await submissions.add_evidence(tx, submission, [paper.record for paper in papers])


def corrections(settings: Settings, submission: str) -> Path | None:
    """Find the file of a submission's rows that are to be corrected; None where there is none."""
    return next((settings.data / "reports" / submission).glob(f"*{_report.CORRECTIONS}.*"), None)


async def _with_home(tx: Transaction, options: Options, sheet: Any, exported: dict[str, str] | None) -> Options:
    """Take the programme of a crew's sheet from its crew, of an exported file from its plots, where none is told."""
    if options.programme is None and exported:
        return msgspec.structs.replace(options, programme=await plots_store.programme_of(tx, list(exported)))
    if sheet is None or options.programme is not None:
        return options
    crew = await crew_sheets_store.crew(tx, sheet.crew)
    return options if crew is None else msgspec.structs.replace(options, programme=crew["programme"])


async def _with_programme(tx: Transaction, importer: Importer, options: Options, report: Report) -> Options:
    """Settle which programme the rows belong to: the one told, else the only real one, else a new one.

    Raises:
        BadRequest: none is told, and there are several.

    """
    if not importer.needs_programme:
        return options
    rows = await tx.rows("select code, is_synthetic from forest.programme order by code")
    real = [row["code"] for row in rows if not row["is_synthetic"]]
    code = options.programme or (real[0] if len(real) == 1 else None)
    if code is None and real:
        listed = ", ".join(real)
        raise BadRequest(
            Text(f"请指明项目（--programme）：{listed}。", f"Say which programme (--programme): {listed}."),
            code="programme-needed",
        )
    code = code or "my-programme"
    within = reaches(tx.scope).programmes
    if within is not None and code not in within:
        raise out_of_scope(f"programme {code}")
    if code not in {row["code"] for row in rows}:
        name = "我的项目" if options.programme is None else code
        if tx.who is not None and not allows(tx.who.role, nouns()["programmes"].writers):
            raise out_of_scope(f"programme {code}")
        programme = Programme(
            code=code, name_zh=name, name_en="My programme" if options.programme is None else code
        )
        try:
            checked = msgspec.convert(msgspec.to_builtins(programme), Programme)
        except msgspec.ValidationError as error:
            message = Text(
                f"项目代码 {code} 不可用：只能用字母、数字和 . _ -，至多 64 个；中文名称可在建好项目后再填。",
                f"{code!r} cannot be a programme's code: letters, digits and . _ - only, 64 at most; its Chinese name can be"
                " given once the programme is there.",
            )
            raise BadRequest(message, problems=[Problem(field="programme", message=message)]) from error
        await admitting.admit(tx, nouns()["programmes"], [msgspec.to_builtins(checked)])
        report.notes.append(_created(code, report.is_dry_run))
    report.programme = code
    return msgspec.structs.replace(options, programme=code)
