"""Photos: what one shows, when and where it was taken, and the hash of its bytes.

Not in the registry of nouns: `/api/v1/photos/…` is the address of the bytes, and a photo is written by sync alone.
"""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta, Struct

from forestapi.records._fields import Code, Metres
from forestapi.records._noun import STAFF, Noun
from forestapi.records._sync import Sha256
from geo.text import Text

Mime = Literal["image/jpeg", "image/png", "image/webp"]
MOST_BYTES = 8_000_000
MOST_PIXELS = 20_000_000


class Photo(Struct, forbid_unknown_fields=True, kw_only=True):
    """A photo of a record; no part of it is ever public."""

    id: UUID | None = None
    programme: Code
    crew: Code | None = None
    subject_noun: Literal["plots", "plantings", "surveys", "shifts", "workers"]
    subject: UUID
    taken_at: datetime | None = None
    lon: Annotated[float, Meta(ge=-180, le=180)] | None = None
    lat: Annotated[float, Meta(ge=-90, le=90)] | None = None
    accuracy_m: Metres | None = None
    mime: Mime
    size: Annotated[int, Meta(ge=1, le=MOST_BYTES)]
    file: Sha256


PHOTO = Noun(
    name="photos",
    table="photo",
    struct=Photo,
    title=Text("照片", "Photos"),
    filters=("programme", "crew", "subject"),
    readers=STAFF,
    derived=("is_complete",),
)
