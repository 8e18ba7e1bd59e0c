"""One batch at work: who handed it in, and how one operation's failure is kept to itself."""

from collections.abc import Awaitable, Callable
from uuid import UUID

import asyncpg
import structlog
from msgspec import Struct

from forestapi.db.constraints import translate
from forestapi.db.transaction import Row, Transaction
from forestapi.errors import ForestError, Unavailable
from forestapi.records import Document
from forestapi.records._sync import Operation, Result
from forestapi.services.syncing import _findings
from forestapi.store import operations as store

log = structlog.get_logger()

AGAIN = (
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    asyncpg.LockNotAvailableError,
    asyncpg.QueryCanceledError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.InterfaceError,
    OSError,
)
"""Failures of the moment, which say nothing about any record: the whole batch is tried again."""
SETTLED = ("created", "updated", "unchanged")


class Waiting(Exception):  # noqa: N818
    """What an operation rests on is not here yet."""

    def __init__(self, missing: list[object]) -> None:
        """Name what is missing."""
        super().__init__()
        self.missing = missing


class Task(Struct):
    """An operation with its payload read, and the phone that it was made on."""

    operation: Operation
    document: Document
    device: UUID


class Work:
    """The transaction of a batch, and the phone whose operations are stored."""

    def __init__(self, tx: Transaction, device: Row) -> None:
        """Work in `tx` for `device`."""
        self.tx, self.device = tx, device
        self.crew: str = device["crew"]
        self.programme: str = device["programme"]
        self._wrote: dict[tuple[UUID, UUID], set[int]] = {}

    def wrote(self, task: "Task", result: Result) -> None:
        """Remember which revision an operation of this batch made."""
        if result.outcome in ("created", "updated") and result.revision is not None:
            self._wrote.setdefault((task.device, task.operation.key), set()).add(result.revision)

    async def own_revisions(self, task: "Task") -> set[int]:
        """List the revisions of a record that earlier operations of the same phone made, in this batch too."""
        operation = task.operation
        before = await store.own_revisions(self.tx, task.device, operation.key, operation.seq)
        return before | self._wrote.get((task.device, operation.key), set())

    async def guarded(self, does: Callable[[], Awaitable[Result]]) -> Result:
        """Do one thing in a savepoint; what the ledger does not take becomes an outcome, and nothing of it stays.

        Raises:
            Waiting: what it rests on is not here; nothing of it stays either.

        """
        try:
            async with self.tx.connection.transaction():
                return await does()
        except (Waiting, Unavailable, *AGAIN):
            raise
        except ForestError as error:
            return Result(outcome="refused", findings=[_findings.refused(error)])
        except asyncpg.PostgresError as error:
            known = translate(error)
            if known is not None:
                return Result(outcome="refused", findings=[_findings.refused(known)])
            log.error("operation could not be stored", device=str(self.device["id"]), exc_info=error)
        except Exception as error:
            log.error("operation could not be stored", device=str(self.device["id"]), exc_info=error)
        return Result(outcome="retry")


def waits(error: Waiting) -> Result:
    """Answer an operation that waits for what it rests on."""
    return Result(outcome="held", findings=[_findings.parent_missing(error.missing)], is_waiting=True)
