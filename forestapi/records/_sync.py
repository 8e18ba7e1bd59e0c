"""What a phone hands in: one operation on one record, and how a batch of them is answered."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from msgspec import Meta, Struct

from geo.text import Text

MOST_OPERATIONS = 50
"""In a batch: each may take a savepoint, and up to 64 of these cost the database next to nothing."""
MOST_VERIFIED = 500

SyncNoun = Literal["shifts", "plots", "plantings", "surveys", "workers", "photos"]
Action = Literal["create", "update", "delete"]
Choice = Literal["mine", "office", "ask"]
Safety = Literal["local", "replica", "archived"]
Sha256 = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$", description="SHA-256, 64 hexadecimal digits")]


class Operation(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One change of one record, as it was made on the phone."""

    op: UUID
    """UUIDv7, made once; however often it is sent, it has one effect."""
    seq: Annotated[int, Meta(ge=1, le=2**53)]
    """Counts the operations of a device from 1 without a gap."""
    noun: SyncNoun
    action: Action
    key: UUID
    base_revision: int | None = None
    """The revision that the change rests on; left out, the one that this phone wrote last."""
    at: str | None = None
    """The phone's own time, kept and believed in nothing."""
    group: UUID | None = None
    """Operations of one batch and group are stored all together or not at all."""
    resolves: UUID | None = None
    """The operation whose conflict this one decides."""
    choice: Choice | None = None
    payload: str
    """A JSON text: create: the whole record; update: a merge patch; delete: {} or {"reason": …}."""
    sha256: Sha256
    """SHA-256 of the payload's UTF-8 bytes."""


class Result(Struct, kw_only=True):
    """What became of one operation."""

    outcome: str
    revision: int | None = None
    held: str | None = None
    """The id under which the record is held."""
    findings: list[dict[str, Any]] = []
    conflict: dict[str, Any] | None = None
    file: str | None = None
    """SHA-256 of the photo that the record names."""
    is_waiting: bool = False
    """Whether it is admitted by itself, once what it rests on is here."""


class FindingRecord(Struct, kw_only=True):
    """What a rule says about an operation."""

    rule: str
    severity: str
    field: str | None = None
    place: str | None = None
    message: Text


class Receipt(Struct, kw_only=True):
    """What a phone is told about one operation, after it was committed."""

    op: str | None
    sha256: str | None
    outcome: str
    noun: str | None = None
    key: str | None = None
    revision: int | None = None
    safety: Safety = "local"
    findings: list[FindingRecord] = []
    conflict: dict[str, Any] | None = None
    replayed: bool = False


class BatchAnswer(Struct, kw_only=True):
    """The answer to a batch."""

    batch: UUID
    received_at: datetime
    clock_offset_s: float | None
    """How far the server's clock is ahead of the phone's."""
    received_upto: int
    """All operations of the device up to this number are here."""
    missing: list[tuple[int, int]]
    """Numbers above it that are not, from and to, both included."""
    receipts: list[Receipt]


class Asked(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An operation that the phone wants to know about."""

    op: UUID
    sha256: Sha256


class Verified(Struct, kw_only=True):
    """What the ledger has of an operation now."""

    op: UUID
    is_known: bool
    is_same: bool = False
    """Whether the hash is that of what was received."""
    outcome: str | None = None
    noun: str | None = None
    key: UUID | None = None
    revision: int | None = None
    safety: Safety | None = None
    is_complete: bool = False
    """Whether the file of a photo is here too."""
