"""Photographs of paper sheets: looked at before they are kept, under the hash of their bytes."""

from pathlib import Path

from msgspec import Struct

from forestapi.errors import Invalid
from forestapi.services.importing import _files
from geo.text import Text

MOST_BYTES = 20_000_000
KINDS: dict[str, tuple[bytes, str]] = {
    "image/jpeg": (b"\xff\xd8\xff", ".jpg"),
    "image/png": (b"\x89PNG\r\n\x1a\n", ".png"),
    "image/webp": (b"RIFF", ".webp"),
    "application/pdf": (b"%PDF-", ".pdf"),
}
"""What a photograph or a scan may be: how its bytes begin, and the suffix that it is kept with."""


class Paper(Struct, frozen=True, kw_only=True):
    """A photograph or a scan of a paper sheet."""

    path: Path
    sha256: str
    media_type: str
    bytes: int
    file_name: str

    @property
    def suffix(self) -> str:
        """The suffix that the bytes are kept with, whatever the file was called."""
        return KINDS[self.media_type][1]

    @property
    def record(self) -> dict[str, object]:
        """Give what the ledger keeps of it beside the bytes."""
        return {name: getattr(self, name) for name in ("sha256", "file_name", "media_type", "bytes")}


def look_at(path: Path, file_name: str | None = None) -> Paper:
    """See that a file is a photograph or a scan, by its bytes and not by its name.

    Raises:
        Invalid: it is none, is empty, or is too large.

    """
    size = path.stat().st_size
    name = file_name or path.name
    if size > MOST_BYTES:
        raise Invalid(
            Text(f"{name} 超过 20 MB；请缩小照片。", f"{name} is over 20 MB; make the photograph smaller."),
            code="evidence-too-large",
        )
    with path.open("rb") as stream:
        head = stream.read(16)
    for media_type, (magic, _) in KINDS.items():
        if head.startswith(magic) and (media_type != "image/webp" or head[8:12] == b"WEBP"):
            return Paper(
                path=path, sha256=_files.sha256_of(path), media_type=media_type, bytes=size, file_name=name[:200]
            )
    raise Invalid(
        Text(
            f"{name} 不是 JPEG、PNG、WebP 照片或 PDF；请上传纸质表的照片。",
            f"{name} is no JPEG, PNG or WebP photograph and no PDF; send a photograph of the paper sheet.",
        ),
        code="not-evidence",
    )


def kept(data: Path, sha256: str) -> Path | None:
    """Find the bytes of a photograph that is kept; None where they are not."""
    return next((data / "files" / sha256[:2]).glob(f"{sha256}*"), None)
