"""The forms as ODK Validate and a phone see them, and the code that sets a phone up."""

import base64
import json
import zlib
from pathlib import Path

import pytest
from pyxform.validators import odk_validate

from forestapi.services import collecting
from forestapi.services.collecting._answers import UnreadableError, parse
from forestapi.services.collecting.plot import shape_of


@pytest.mark.parametrize("name", collecting.forms())
def test_odk_validate_finds_nothing(name: str, tmp_path: Path) -> None:
    """Needs Java, which `./forest test` installs; without it this fails."""
    file = tmp_path / f"{name}.xml"
    file.write_bytes(collecting.built(name).xml)
    assert odk_validate.check_xform(str(file)) == []


@pytest.mark.parametrize("form", collecting.forms().values(), ids=lambda form: form.name)
def test_every_question_is_asked_in_both_languages_and_the_version_is_the_content_s(form: collecting.Form) -> None:
    built = collecting.built(form.name)
    text = built.xml.decode()
    assert f'version="{built.version}"' in text and "中文 (zh)" in text and "English (en)" in text
    assert collecting.md5(built.xml) == built.md5
    for question in form.questions:
        is_shown = question.type not in ("calculate", "end_repeat")
        assert is_shown == (question.label is not None), question.name


def test_the_code_is_what_collect_reads() -> None:
    settings = collecting.settings_of("https://forest.example.org/", "forest_x", "王 3 班")
    read = json.loads(zlib.decompress(base64.b64decode(collecting.packed(settings))))
    assert read["general"]["server_url"] == "https://forest.example.org/odk/forest_x"
    assert read["general"]["form_update_mode"] == "match_exactly" and read["project"]["name"] == "王 3 班"
    assert collecting.drawn(settings, "svg").lstrip().startswith(b"<?xml")
    assert collecting.drawn(settings, "png").startswith(b"\x89PNG")


def test_geoshapes() -> None:
    shape, accuracy_m = shape_of("39.0 105.0 0.0 0.0;39.0 105.1 0.0 0.0;39.1 105.1 0.0 0.0;39.0 105.0 0.0 0.0")
    assert shape is not None and shape["coordinates"][0][1] == [105.1, 39.0] and accuracy_m is None
    assert shape_of("39 105 1 2.5;39 106 1 4;38 106 1 3;39 105 1 2.5")[1] == 4
    assert shape_of(None) == (None, None)
    for odd in ("a b c d", "39", ";;", "nan nan 0 0"):
        assert shape_of(odd)[0] is not None


def test_names_of_records_never_change() -> None:
    xml = b'<data id="plot" instanceID="uuid:1"><a/></data>'
    assert parse(xml).key("plots") == "bd7c4b52-f3f0-54b3-86bb-6ee4b10a6db6"
    with pytest.raises(UnreadableError):
        parse(b'<data id="plot"><meta><instanceID> </instanceID></meta></data>')
