"""The key by which a client of SMART Backend Services shows who it is, and the assertions it signs."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeAlias
from uuid import uuid4

import orjson
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

PrivateKey: TypeAlias = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

# Five minutes are the most that SMART allows; the fifth is for a server whose clock is behind.
ASSERTION_LIFE = timedelta(minutes=4)
SHORTEST_RSA_BITS = 2048
LONGEST_KEY = 16_384
# Looking for the primes of a key that comes without them takes time that grows with the cube of its length.
LONGEST_WITHOUT_PRIMES_BITS = 4096

_P384_BYTES = 48


class UnusableKeyError(ValueError):
    """It can't sign what SMART servers take; the message holds nothing of the key."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    key: PrivateKey = field(repr=False)
    key_id: str | None = None

    @property
    def algorithm(self) -> str:
        return "RS384" if isinstance(self.key, rsa.RSAPrivateKey) else "ES384"

    def as_pem(self) -> str:
        """In the one form that keys are kept in, whatever they were given in."""
        return self.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode()

    def assertion(self, client_id: str, *, audience: str, now: datetime) -> str:
        """A JWT that says, to this audience only, that whoever sends it is the client."""
        header = {"alg": self.algorithm, "typ": "JWT"}
        if self.key_id:
            header["kid"] = self.key_id
        claims = {
            "iss": client_id,
            "sub": client_id,
            "aud": audience,
            "exp": int((now + ASSERTION_LIFE).timestamp()),
            "jti": str(uuid4()),
        }
        signed = b".".join(_encoded(orjson.dumps(part)) for part in (header, claims))
        return b".".join((signed, _encoded(self._signature(signed)))).decode()

    def _signature(self, content: bytes) -> bytes:
        if isinstance(self.key, rsa.RSAPrivateKey):
            return self.key.sign(content, padding.PKCS1v15(), hashes.SHA384())
        # JWTs have the two numbers side by side, where everybody else has them in DER.
        numbers = decode_dss_signature(self.key.sign(content, ec.ECDSA(hashes.SHA384())))
        return b"".join(number.to_bytes(_P384_BYTES, "big") for number in numbers)


def read_key(given: object, key_id: str | None = None) -> SigningKey:
    """Read a private key, PEM or JWK; raise UnusableKeyError."""
    document = _jwk_in(given)
    if document is not None:
        named = document.get("kid")
        key = _from_jwk(document)
        return SigningKey(_usable(key), key_id or (named if isinstance(named, str) else None))
    if not isinstance(given, str) or len(given) > LONGEST_KEY:
        raise UnusableKeyError("is no private key, neither PEM nor JWK")
    return SigningKey(_usable(_from_pem(given)), key_id)


def _jwk_in(given: object) -> Mapping[str, Any] | None:
    if isinstance(given, Mapping):
        return given
    if not isinstance(given, str) or not given.strip().startswith("{"):
        return None
    try:
        document = orjson.loads(given)
    except orjson.JSONDecodeError:
        raise UnusableKeyError("is a JWK that is no JSON") from None
    return document if isinstance(document, dict) else None


def _from_pem(given: str) -> object:
    # Where a key has been through an environment variable, its line breaks are written out.
    text = given.strip().strip("\"'").replace("\\r", "").replace("\\n", "\n").strip()
    try:
        return serialization.load_pem_private_key(text.encode(), password=None)
    except TypeError:
        raise UnusableKeyError("is encrypted: give the key without a passphrase") from None
    except (ValueError, UnsupportedAlgorithm):
        said = "is a public key" if "PUBLIC KEY" in text else "is no private key that can be read"
        raise UnusableKeyError(said) from None


def _from_jwk(document: Mapping[str, Any]) -> object:
    try:
        return _rsa(document) if document.get("kty") == "RSA" else _ec(document)
    except UnusableKeyError:
        raise
    except (KeyError, TypeError, ValueError, binascii.Error):
        raise UnusableKeyError("is no private JWK that can be read") from None


def _rsa(document: Mapping[str, Any]) -> rsa.RSAPrivateKey:
    n, e, d = (_number(document[name]) for name in ("n", "e", "d"))
    if {"p", "q"} <= set(document):
        p, q = _number(document["p"]), _number(document["q"])
    elif max(n, e, d).bit_length() > LONGEST_WITHOUT_PRIMES_BITS:
        raise UnusableKeyError("is a JWK of this length without its primes, p and q")
    else:
        p, q = rsa.rsa_recover_prime_factors(n, e, d)
    numbers = rsa.RSAPrivateNumbers(
        p=p,
        q=q,
        d=d,
        dmp1=rsa.rsa_crt_dmp1(d, p),
        dmq1=rsa.rsa_crt_dmq1(d, q),
        iqmp=rsa.rsa_crt_iqmp(p, q),
        public_numbers=rsa.RSAPublicNumbers(e, n),
    )
    return numbers.private_key()


def _ec(document: Mapping[str, Any]) -> ec.EllipticCurvePrivateKey:
    if (document.get("kty"), document.get("crv")) != ("EC", "P-384"):
        raise UnusableKeyError("is of a kind that SMART has not: RSA and EC P-384 are")
    x, y, d = (_number(document[name]) for name in ("x", "y", "d"))
    public = ec.EllipticCurvePublicNumbers(x, y, ec.SECP384R1())
    return ec.EllipticCurvePrivateNumbers(d, public).private_key()


def _usable(key: object) -> PrivateKey:
    if isinstance(key, rsa.RSAPrivateKey):
        if key.key_size < SHORTEST_RSA_BITS:
            raise UnusableKeyError(f"is shorter than {SHORTEST_RSA_BITS} bits")
        return key
    if isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP384R1):
        return key
    raise UnusableKeyError("is of a kind that SMART has not: RSA and EC P-384 are")


def _encoded(content: bytes) -> bytes:
    return base64.urlsafe_b64encode(content).rstrip(b"=")


def _number(text: object) -> int:
    if not isinstance(text, str) or len(text) > LONGEST_KEY:
        raise TypeError
    padded = text.encode("ascii") + b"=" * (-len(text) % 4)
    return int.from_bytes(base64.b64decode(padded, altchars=b"-_", validate=True), "big")
