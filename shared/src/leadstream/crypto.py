"""Credentials at rest: AES-256-GCM, bound to the row and column they belong to, with rotating keys."""

import base64
import binascii
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from leadstream.errors import PermanentError

KEY_BYTES = 32
NONCE_BYTES = 12
_VERSION = 1
_KEY_ID = re.compile(r"[A-Za-z0-9_-]{1,32}")
_STANDARD = str.maketrans("-_", "+/")
_NAME = re.compile(r"[a-z_][a-z0-9_]*")


class UndecryptableError(PermanentError):
    """A stored value does not decrypt: wrong or missing key, another cell's value, or damage."""


@dataclass(frozen=True, slots=True)
class Cell:
    """Where an encrypted value lives. A value copied to any other cell does not decrypt there."""

    workspace_id: UUID
    table: str
    column: str
    row_id: UUID

    def __post_init__(self) -> None:
        if not (_NAME.fullmatch(self.table) and _NAME.fullmatch(self.column)):
            raise ValueError("table and column are plain SQL names")

    def associated_data(self) -> bytes:
        return f"{self.workspace_id}|{self.table}|{self.column}|{self.row_id}".encode()


class Keyring:
    """The keys of ENCRYPTION_KEYS: the first encrypts, all decrypt."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        """Keys by id, in order of preference."""
        for key_id, key in keys.items():
            if not _KEY_ID.fullmatch(key_id):
                raise ValueError("a key id has 1 to 32 letters, digits, - or _")
            if len(key) != KEY_BYTES:
                raise ValueError(f"the key {key_id} has {len(key)} bytes, not {KEY_BYTES}")
        if not keys:
            raise ValueError("there is no key")
        self._ciphers = {key_id: AESGCM(key) for key_id, key in keys.items()}
        self.current = next(iter(keys))

    def __repr__(self) -> str:
        return f"Keyring({', '.join(self._ciphers)})"

    @classmethod
    def parse(cls, text: str) -> "Keyring":
        """Read `id:base64(32 bytes)`, comma separated. Errors name the key's place, never its bytes."""
        keys: dict[str, bytes] = {}
        for place, entry in enumerate(text.split(","), start=1):
            key_id, key = _parse_key(entry.strip(), place)
            if key_id in keys:
                raise ValueError(f"two keys have the id {key_id}")
            keys[key_id] = key
        return cls(keys)

    def encrypt(self, plaintext: bytes, cell: Cell) -> bytes:
        header = _header(self.current)
        nonce = secrets.token_bytes(NONCE_BYTES)
        bound = header + cell.associated_data()
        return header + nonce + self._ciphers[self.current].encrypt(nonce, plaintext, bound)

    def decrypt(self, blob: bytes, cell: Cell) -> bytes:
        key_id, header, rest = _split(blob)
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            raise UndecryptableError(
                f"{cell.table}.{cell.column} of {cell.row_id} needs the key {key_id}, "
                "which is not in ENCRYPTION_KEYS"
            )
        try:
            nonce, sealed = rest[:NONCE_BYTES], rest[NONCE_BYTES:]
            return cipher.decrypt(nonce, sealed, header + cell.associated_data())
        except (InvalidTag, ValueError) as exc:
            raise UndecryptableError(
                f"{cell.table}.{cell.column} of {cell.row_id} does not decrypt with the key {key_id}"
            ) from exc

    def encrypt_json(self, value: Mapping[str, object], cell: Cell) -> bytes:
        return self.encrypt(orjson.dumps(value), cell)

    def decrypt_json(self, blob: bytes, cell: Cell) -> dict[str, object]:
        value: dict[str, object] = orjson.loads(self.decrypt(blob, cell))
        return value

    def rewrap(self, blob: bytes, cell: Cell) -> bytes | None:
        """Encrypt a value anew with the current key, or return None if it already is."""
        if key_id_of(blob) == self.current:
            return None
        return self.encrypt(self.decrypt(blob, cell), cell)


def key_id_of(blob: bytes) -> str:
    """Which key a stored value needs."""
    return _split(blob)[0]


def _parse_key(entry: str, place: int) -> tuple[str, bytes]:
    key_id, colon, encoded = (part.strip() for part in entry.partition(":"))
    if not colon or not _KEY_ID.fullmatch(key_id):
        raise ValueError(f"key {place} is not of the form id:base64")
    # As URLs have it, and without the padding that some tools leave out: the same bytes.
    standard = encoded.rstrip("=").translate(_STANDARD)
    try:
        key = base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError(f"key {place} ({key_id}) is not base64") from None
    return key_id, key


def _header(key_id: str) -> bytes:
    """Version, length of the key id, key id: read before decrypting, and authenticated with the rest."""
    return bytes([_VERSION, len(key_id)]) + key_id.encode()


def _split(blob: bytes) -> tuple[str, bytes, bytes]:
    if len(blob) < 2 or blob[0] != _VERSION or len(blob) < 2 + blob[1] + NONCE_BYTES:
        raise UndecryptableError("a stored value is not one that was encrypted here")
    end = 2 + blob[1]
    try:
        return blob[2:end].decode("ascii"), blob[:end], blob[end:]
    except UnicodeDecodeError as exc:
        raise UndecryptableError("a stored value is not one that was encrypted here") from exc
