"""What became of one operation, while it is worked on."""

from typing import Any
from uuid import UUID

from msgspec import Struct

from forestapi.services.syncing._findings import said

DONE = ("created", "updated", "unchanged")


class Result(Struct, kw_only=True):
    """The outcome of an operation, and what is kept with it."""

    outcome: str
    revision: int | None = None
    findings: list[dict[str, Any]] = []
    conflict: dict[str, Any] | None = None
    waits_for: list[UUID] | None = None
    held: UUID | None = None
    """The id under which the record is held for a person."""

    @property
    def is_done(self) -> bool:
        """Whether the operation is in the ledger."""
        return self.outcome in DONE

    @property
    def keeps_payload(self) -> bool:
        """Whether the bytes are still needed: nothing else has their content."""
        return not self.is_done and self.held is None


def waiting(parents: list[UUID]) -> Result:
    """Wait for records that are not here yet."""
    return Result(outcome="held", findings=[said("sync-parent-missing")], waits_for=parents)


def refused(rule: str) -> Result:
    """Take it for nothing; its bytes are kept."""
    return Result(outcome="refused", findings=[said(rule)])
