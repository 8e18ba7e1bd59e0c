"""What phones hand in and are answered: operations, receipts, and photos as they are described."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from msgspec import Meta, Struct

from forestapi.records._fields import Metres

SyncNoun = Literal["shifts", "plots", "plantings", "surveys", "workers", "photos"]
Action = Literal["create", "update", "delete"]
Choice = Literal["mine", "office", "ask"]
Safety = Literal["local", "replica", "archived"]
Sha256 = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$", description="SHA-256, 64 lower-case hexadecimal digits")]
Seq = Annotated[int, Meta(ge=1, le=2**53)]
OPERATIONS = 50
"""Operations in one batch at most: each takes a savepoint, and PostgreSQL keeps 64 at hand."""
BATCH_BYTES = 2 * 1024 * 1024
PHOTO_BYTES = 8_000_000
PHOTO_PIXELS = 20_000_000
VERIFIED = 500
PAY = frozenset(
    {"worker", "work_date", "number", "hours", "pay_basis", "quantity", "rate_yuan", "wage_yuan", "is_paid"}
)
"""Fields of pay: two changes of a record are never put together by the server where one touches these."""
PARENTS: dict[str, tuple[tuple[str, str], ...]] = {
    "plantings": (("plot", "plots"),),
    "surveys": (("plot", "plots"),),
    "shifts": (("worker", "workers"), ("plot", "plots")),
}
"""Which fields of a noun name records that have to be there first, and their nouns."""


class Operation(Struct, forbid_unknown_fields=True, kw_only=True):
    """One thing done on a phone, named by the phone."""

    op: UUID
    seq: Seq
    """Counts the operations of a device from 1, without gaps."""
    noun: SyncNoun
    action: Action
    key: UUID
    at: Annotated[str, Meta(max_length=40)]
    """The device's time; kept, and believed in nothing."""
    payload: str
    """JSON text: the whole record, a merge patch, or why it is deleted."""
    sha256: Sha256
    base_revision: Annotated[int, Meta(ge=0, le=2**31 - 1)] | None = None
    group: UUID | None = None
    resolves: UUID | None = None
    choice: Choice | None = None


class Batch(Struct, forbid_unknown_fields=True, kw_only=True):
    """Operations as a phone sends them; one that cannot be read does not keep the others."""

    device: UUID
    sent_at: datetime
    operations: Annotated[list[dict[str, Any]], Meta(min_length=1, max_length=OPERATIONS)]


class Receipt(Struct, kw_only=True):
    """What became of one operation, and how safe it is."""

    op: str | None
    sha256: str | None
    outcome: str
    noun: str | None = None
    key: str | None = None
    revision: int | None = None
    safety: Safety = "local"
    findings: list[dict[str, Any]] = []
    conflict: dict[str, Any] | None = None
    replayed: bool = False


class Receipts(Struct, kw_only=True):
    """The answer to a batch, given after it is committed."""

    batch: UUID
    received_at: datetime
    clock_offset_s: float
    """How far the phone's clock is behind the server's, in seconds."""
    received_upto: int
    """Every operation of the device up to this number is here."""
    missing: list[tuple[int, int]]
    """Numbers that are not here though later ones are: first and last of each gap."""
    receipts: list[Receipt]


class Asked(Struct, forbid_unknown_fields=True, kw_only=True):
    """An operation that a phone asks about."""

    op: UUID
    sha256: Sha256


class Verify(Struct, forbid_unknown_fields=True, kw_only=True):
    """Operations that a phone asks about."""

    operations: Annotated[list[Asked], Meta(max_length=VERIFIED)]


class Photo(Struct, forbid_unknown_fields=True, kw_only=True):
    """What a phone says about a photo; the picture itself goes by `PUT /photos/{file}`."""

    subject_noun: Literal["plots", "plantings", "surveys", "shifts", "workers"]
    subject: UUID
    mime: Literal["image/jpeg", "image/png", "image/webp"]
    size: Annotated[int, Meta(ge=1, le=PHOTO_BYTES)]
    file: Sha256
    taken_at: datetime | None = None
    lon: Annotated[float, Meta(ge=-180, le=180)] | None = None
    lat: Annotated[float, Meta(ge=-90, le=90)] | None = None
    accuracy_m: Metres | None = None
