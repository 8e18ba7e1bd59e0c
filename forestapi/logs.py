"""The structured log: one JSON object a line on stderr, in which no value of a record, name or token can stand.

An error is told by its type and its place in the code. Its message is left out, because what Python and PostgreSQL
say of an error quotes the value, and so are local variables; only what the operating system says is kept.
"""

import sys
import traceback
from typing import Any

import asyncpg
import structlog


def configure() -> None:
    """Make every logger of the process write so; done again, it changes nothing."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            without_values,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
    )


def without_values(_: Any, __: str, event: Any) -> Any:
    """Put types and places of an error in the place of the error."""
    error = event.pop("exc_info", None)
    error = sys.exc_info()[1] if error is True else error
    if isinstance(error, BaseException):
        event["error"] = chain(error)
    return event


def chain(error: BaseException) -> list[dict[str, Any]]:
    """Describe an error and what it came of, the first cause last."""
    told = []
    at: BaseException | None = error
    while at is not None and len(told) < 10:
        frames = [f"{f.filename}:{f.lineno} {f.name}" for f in traceback.extract_tb(at.__traceback__)]
        entry: dict[str, Any] = {"type": type(at).__qualname__, "at": frames[-20:]}
        if isinstance(at, asyncpg.PostgresError):
            names = ("sqlstate", "table_name", "constraint_name")
            entry |= {name: value for name in names if (value := getattr(at, name, None))}
        elif isinstance(at, OSError):
            entry["message"] = at.strerror
        told.append(entry)
        at = at.__cause__ or at.__context__
    return told
