"""Zip archives from outside, looked at before anything is unpacked."""

import stat
import zipfile
from pathlib import Path, PurePosixPath

from geo.formats._format import FormatError
from geo.text import Text

MAX_ENTRIES = 100
MAX_BYTES = 2 * 1024**3
MAX_RATIO = 200
"""Unpacked bytes for each packed one. A layer of zeros packs 1,000 to 1; coordinates and text 2 to 20."""
RATIO_FROM_BYTES = 10 * 1024**2
"""Below this size a ratio proves nothing: a short, regular table packs well."""


def _unsafe(zh: str, en: str) -> FormatError:
    return FormatError(
        "unsafe-archive", Text(zh=f"压缩包不予打开：{zh}", en=f"The archive is not opened: {en}")
    )


def open_archive(path: Path) -> zipfile.ZipFile:
    """Open a zip file whose members are few, small enough, and stay where they are put.

    Raises:
        FormatError: unsafe-archive or unreadable, naming the member.

    """
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise FormatError(
            "unreadable",
            Text(zh=f"不是合格的 zip 压缩包（{error}）。", en=f"Not a proper zip archive ({error})."),
        ) from error
    members = archive.infolist()
    if len(members) > MAX_ENTRIES:
        raise _unsafe(f"超过 {MAX_ENTRIES} 个文件。", f"it holds more than {MAX_ENTRIES} files.")
    if sum(member.file_size for member in members) > MAX_BYTES:
        raise _unsafe("解开后超过 2 GiB。", "it unpacks to more than 2 GiB.")
    for member in members:
        name = member.filename
        pure = PurePosixPath(name.replace("\\", "/"))
        if pure.is_absolute() or ".." in pure.parts or "\0" in name or ":" in name:
            raise _unsafe(f"成员路径“{name}”越界。", f"the member “{name}” points outside it.")
        if stat.S_ISLNK(member.external_attr >> 16):
            raise _unsafe(f"成员“{name}”是链接。", f"the member “{name}” is a link.")
        if member.flag_bits & 1:
            raise _unsafe("它有密码。请去掉密码再上传。", "it has a password. Remove the password first.")
        ratio = member.file_size / max(member.compress_size, 1)
        if member.file_size > RATIO_FROM_BYTES and ratio > MAX_RATIO:
            raise _unsafe(f"成员“{name}”压缩比过大。", f"the member “{name}” is packed suspiciously well.")
    return archive


def unpack(archive: zipfile.ZipFile, member: str, target: Path) -> None:
    """Write one member to `target`, stopping at the size it declared.

    Raises:
        FormatError: unsafe-archive, where more comes out than was declared.

    """
    left = archive.getinfo(member).file_size
    with archive.open(member) as packed, target.open("wb") as plain:
        while block := packed.read(1024 * 1024):
            left -= len(block)
            if left < 0:
                raise _unsafe(
                    f"成员“{member}”比它声明的大。", f"the member “{member}” is larger than declared."
                )
            plain.write(block)
