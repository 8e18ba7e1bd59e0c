"""The keys under which identities are sealed. The master key is never in the database, nor in its backups.

Each person has a key of their own (AES-256-GCM), which is stored only sealed under the master key: without the
master key nobody reads a name, and once a person's sealed key is destroyed nobody does with it.
"""

import hashlib
import hmac
import os
import re
import secrets
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import ClassVar

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msgspec import Struct

from forestapi.errors import ForestError, Unavailable
from forestapi.settings import Settings
from geo.text import Text

KEY_BYTES = 32
NONCE_BYTES = 12
_NAME = b"\0name"


class Sealed(Struct, frozen=True):
    """An identity as it is stored."""

    wrapped: bytes
    """The person's key under the master key."""
    sealed: bytes
    """The identity under the person's key."""
    sealed_name: bytes
    """The name alone under the same key, for those who may read names and no account."""
    digest: bytes
    """Equal for equal content of one person, so that a repeat is noticed without opening; keyed too."""


class Vault:
    """Seals and opens identities with one instance's master key, which is read or made when first needed."""

    FIELDS: ClassVar[tuple[str, ...]] = ("name", "id_number", "phone", "account")

    def __init__(self, settings: Settings) -> None:
        """Remember where the key is; nothing is read yet."""
        self.path = key_file(settings.data)
        self._given = settings.master_key

    def seal(self, worker: str, identity: Mapping[str, object]) -> Sealed:
        """Seal an identity under a fresh key of its person."""
        content = msgspec.json.encode({name: identity.get(name) for name in self.FIELDS})
        own, bound = secrets.token_bytes(KEY_BYTES), worker.encode()
        return Sealed(
            _seal(self._wrapping, own, bound),
            _seal(AESGCM(own), content, bound),
            _seal(AESGCM(own), msgspec.json.encode(identity.get("name")), bound + _NAME),
            hmac.digest(self._purpose(b"digest"), bound + b"\0" + content, "sha256"),
        )

    def open(self, worker: str, wrapped: bytes, sealed: bytes) -> dict[str, str | None]:
        """Open an identity.

        Raises:
            Unavailable: it was sealed under another master key, or was tampered with.

        """
        try:
            own = _open(self._wrapping, wrapped, worker.encode())
            return msgspec.json.decode(_open(AESGCM(own), sealed, worker.encode()))
        except InvalidTag as error:
            raise wrong_key() from error

    def seal_name(self, worker: str, wrapped: bytes, sealed: bytes) -> bytes:
        """Seal the name of an identity by itself, under the key that its person has already.

        Raises:
            Unavailable: it was sealed under another master key, or was tampered with.

        """
        name = self.open(worker, wrapped, sealed)["name"]
        own = _open(self._wrapping, wrapped, worker.encode())
        return _seal(AESGCM(own), msgspec.json.encode(name), worker.encode() + _NAME)

    def open_name(self, worker: str, wrapped: bytes, sealed_name: bytes) -> str | None:
        """Open a name that was sealed by itself.

        Raises:
            Unavailable: it was sealed under another master key, or was tampered with.

        """
        try:
            own = _open(self._wrapping, wrapped, worker.encode())
            return msgspec.json.decode(_open(AESGCM(own), sealed_name, worker.encode() + _NAME))
        except InvalidTag as error:
            raise wrong_key() from error

    def seal_bytes(self, content: bytes, bound: str) -> bytes:
        """Seal bytes that may name somebody, for this instance to open again; `bound` says whose they are."""
        return _seal(AESGCM(self._purpose(b"bytes")), content, bound.encode())

    def open_bytes(self, sealed: bytes, bound: str) -> bytes:
        """Open bytes that were sealed for the same `bound`.

        Raises:
            Unavailable: they were sealed under another master key, or were tampered with.

        """
        try:
            return _open(AESGCM(self._purpose(b"bytes")), sealed, bound.encode())
        except InvalidTag as error:
            raise wrong_key() from error

    def lookup(self, key: str) -> bytes:
        """Give what a sheet's word for a worker is found again by: HMAC-SHA-256 of it under the master key."""
        return hmac.digest(self._purpose(b"lookup"), key.encode(), "sha256")

    def fingerprint(self) -> bytes:
        """Name the master key without giving anything of it away."""
        return hmac.digest(self._purpose(b"fingerprint"), b"forest", "sha256")

    @cached_property
    def _master(self) -> bytes:
        if self._given:
            if not re.fullmatch(r"[0-9a-fA-F]{64}", self._given):
                raise ForestError(
                    Text("FOREST_MASTER_KEY 应为 64 位十六进制数字。", "FOREST_MASTER_KEY takes 64 hexadecimal digits.")
                )
            return bytes.fromhex(self._given)
        if not self.path.exists():
            _make(self.path)
        return bytes.fromhex(self.path.read_text("ascii").strip())

    @cached_property
    def _wrapping(self) -> AESGCM:
        return AESGCM(self._purpose(b"wrap"))

    def _purpose(self, name: bytes) -> bytes:
        """Derive the key of one purpose (HKDF-Expand of RFC 5869; the master key is uniformly random)."""
        return hmac.digest(self._master, b"forest:" + name + b"\x01", hashlib.sha256)


def key_file(data: Path) -> Path:
    """Say where an instance's master key is, unless FOREST_MASTER_KEY gives it."""
    return data / "keys" / "master.key"


def wrong_key() -> ForestError:
    """Say that the master key is not the one of this database."""
    return Unavailable(
        Text(
            "主密钥与此数据库不符；请恢复 keys/master.key 或 FOREST_MASTER_KEY。",
            "The master key is not this database's; bring back its keys/master.key or FOREST_MASTER_KEY.",
        ),
        code="wrong-master-key",
    )


def _make(path: Path) -> None:
    """Make a master key that only the owner can read; of two that make one at once, the first stays."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    scratch = path.with_name(f".{secrets.token_hex(8)}")
    with open(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secrets.token_hex(KEY_BYTES) + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(scratch, path)
    except FileExistsError:
        pass
    finally:
        scratch.unlink()


def _seal(key: AESGCM, content: bytes, bound: bytes) -> bytes:
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + key.encrypt(nonce, content, bound)


def _open(key: AESGCM, sealed: bytes, bound: bytes) -> bytes:
    return key.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound)
