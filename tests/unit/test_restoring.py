"""A base backup is unpacked as far as it is one."""

import io
import tarfile
from pathlib import Path

import pytest

from forestapi.errors import BadRequest
from forestapi.services.restoring import _unpack


def _tar(path: Path, *members: tuple[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as tar:
        for name, kind in members:
            member = tarfile.TarInfo(name)
            member.type, member.linkname, member.size = kind, "/etc", 2 if kind == tarfile.REGTYPE else 0
            tar.addfile(member, io.BytesIO(b"ok"))
    return path


def test_files_come_out(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    _unpack(_tar(tmp_path / "a.tar.gz", ("base", tarfile.DIRTYPE), ("base/1", tarfile.REGTYPE)), tmp_path / "out")
    assert (tmp_path / "out" / "base" / "1").read_bytes() == b"ok"


@pytest.mark.parametrize(
    "member", [("../gone", tarfile.REGTYPE), ("/gone", tarfile.REGTYPE), ("link", tarfile.SYMTYPE), ("hard", tarfile.LNKTYPE), ("d", tarfile.CHRTYPE)]
)
def test_nothing_comes_out_of_what_is_no_backup(tmp_path: Path, member: tuple[str, bytes]) -> None:
    (tmp_path / "out").mkdir()
    with pytest.raises(BadRequest):
        _unpack(_tar(tmp_path / "a.tar.gz", ("fine", tarfile.REGTYPE), member), tmp_path / "out")
    assert not any((tmp_path / "out").iterdir())
