"""A phone with ODK Collect: lists forms, downloads them with their lists, fills them in, sends them in parts."""

import hashlib
import re
from typing import Any
from uuid import uuid4
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from litestar.testing import AsyncTestClient

LISTED = "{http://openrosa.org/xforms/xformsList}"
MANIFEST = "{http://openrosa.org/xforms/xformsManifest}"
RESPONSE = "{http://openrosa.org/http/response}"
HEADERS = {"X-OpenRosa-Version": "1.0", "User-Agent": "org.odk.collect.android/v2026.1 OpenRosa"}


class Phone:
    """Speaks OpenRosa to one server address, as a phone that was set up by a QR code does."""

    def __init__(self, client: AsyncTestClient, root: str, headers: dict[str, str] | None = None) -> None:
        self.client, self.root = client, root
        self.headers = HEADERS | (headers or {})
        self.forms: dict[str, str] = {}
        self.versions: dict[str, str] = {}
        self.media: dict[str, dict[str, str]] = {}

    async def get(self, address: str) -> Any:
        address = re.sub(r"^https?://[^/]+", "", address)
        answer = await self.client.get(address, headers=self.headers)
        assert answer.headers["x-openrosa-version"] == "1.0", answer.text
        return answer

    async def update(self) -> list[str]:
        """Download every form and its lists, and see that each is what its hash says."""
        answer = await self.get(f"{self.root}/formList")
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"].startswith("text/xml")
        for each in ElementTree.fromstring(answer.content):
            told = {child.tag.removeprefix(LISTED): child.text or "" for child in each}
            form = await self.get(told["downloadUrl"])
            assert told["hash"] == f"md5:{hashlib.md5(form.content).hexdigest()}"
            self.forms[told["formID"]], self.versions[told["formID"]] = form.text, told["version"]
            manifest = await self.get(told["manifestUrl"])
            self.media[told["formID"]] = {}
            for file in ElementTree.fromstring(manifest.content):
                part = {child.tag.removeprefix(MANIFEST): child.text or "" for child in file}
                content = await self.get(part["downloadUrl"])
                assert part["hash"] == f"md5:{hashlib.md5(content.content).hexdigest()}"
                self.media[told["formID"]][part["filename"]] = content.text
        return sorted(self.forms)

    def fill(self, form: str, answers: dict[str, Any], instance: str | None = None) -> tuple[str, bytes]:
        """Fill a form in; lists of dictionaries are passes of a repeat. Gives the instanceID and the XML."""
        instance = instance or f"uuid:{uuid4()}"
        for name in answers:
            assert f"<{name}" in self.forms[form], f"{form} has no question {name}"
        body = "".join(_element(name, value) for name, value in answers.items())
        xml = (
            f'<?xml version="1.0"?><data xmlns:orx="http://openrosa.org/xforms" id="{form}" version="{self.versions[form]}">'
            f"{body}<orx:meta><orx:instanceID>{instance}</orx:instanceID></orx:meta></data>"
        )
        return instance, xml.encode()

    async def may_send(self) -> Any:
        return await self.client.head(f"{self.root}/submission", headers=self.headers)

    async def send(self, xml: bytes, *photos: tuple[str, bytes]) -> Any:
        files: list[Any] = [("xml_submission_file", ("form.xml", xml, "text/xml"))]
        files += [(name, (name, content, "image/jpeg")) for name, content in photos]
        return await self.client.post(f"{self.root}/submission", files=files, headers=self.headers)


def message(answer: Any) -> str:
    """Read what a phone shows of an answer."""
    assert answer.headers["content-type"].startswith("text/xml"), answer.text
    found = ElementTree.fromstring(answer.content).find(f"{RESPONSE}message")
    assert found is not None
    return found.text or ""


def _element(name: str, value: Any) -> str:
    if isinstance(value, list):
        return "".join(_element(name, each) for each in value)
    if isinstance(value, dict):
        return f"<{name}>" + "".join(_element(key, each) for key, each in value.items()) + f"</{name}>"
    return f"<{name}>{escape('' if value is None else str(value))}</{name}>"
