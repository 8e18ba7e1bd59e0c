"""Photographs of paper sheets: looked at before they are kept, under the hash of their bytes."""

from pathlib import Path

from msgspec import Struct

from forestapi.errors import Invalid
from forestapi.services.importing import _files
from geo.images import picture
from geo.text import Text

MOST_BYTES = 20_000_000
MOST_PIXELS = 120_000_000
"""A sheet of A3 scanned at 600 dots an inch has 70 million."""
_ENDS = {"image/jpeg": b"\xff\xd9", "image/png": b"IEND\xaeB`\x82"}
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
        if head.startswith(magic) and (media_type == "application/pdf" or _is_photograph(path)):
            return Paper(
                path=path, sha256=_files.sha256_of(path), media_type=media_type, bytes=size, file_name=name[:200]
            )
    raise Invalid(
        Text(
            f"{name} 不是完整的 JPEG、PNG、WebP 照片（至多 1.2 亿像素）或 PDF；请上传纸质表的照片。",
            f"{name} is no whole JPEG, PNG or WebP photograph (of 120 megapixels at most) and no PDF; send a photograph of the paper sheet.",
        ),
        code="not-evidence",
    )


def _is_photograph(path: Path) -> bool:
    """Whether it is a whole picture of a size that can be looked at: its head and dimensions are there, and its end.

    Telephones add something of their own after the end (a second of film), which is no harm.
    """
    content = path.read_bytes()
    found = picture(content)
    if found is None or not 0 < found.width * found.height <= MOST_PIXELS:
        return False
    return _ENDS.get(found.mime, b"") in content


def kept(data: Path, sha256: str) -> Path | None:
    """Find the bytes of a photograph that is kept; None where they are not."""
    return next((data / "files" / sha256[:2]).glob(f"{sha256}*"), None)
