"""The keys of services that keep secrets: apart, so that the others need no cryptography in memory."""

from typing import Annotated

from pydantic import BeforeValidator, Field
from pydantic_settings import NoDecode

from leadstream.crypto import Keyring


def _read_keyring(value: object) -> Keyring:
    return value if isinstance(value, Keyring) else Keyring.parse(str(value))


EncryptionKeys = Annotated[Keyring, NoDecode, BeforeValidator(_read_keyring)]
OptionalKeys = Annotated[
    EncryptionKeys | None,
    Field(
        default=None,
        description="`id:base64(32 bytes)`, comma separated; the first encrypts, all decrypt.",
    ),
]
