import base64
from datetime import timedelta
from typing import Any

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from leadstream_dev.sandbox.providers.fhir.clients import verifies
from platform_upload.adapters.fhir.keys import UnusableKeyError, read_key
from platform_upload.adapters.fhir.scopes import may_write
from support.smart import PrivateKey, ec_key, private_pem, public_pem, rsa_key
from unit.platform_upload.builders import NOW

RSA, EC = rsa_key(), ec_key()
URL = "https://fhir.example/token"


def part(assertion: str, at: int) -> dict[str, Any]:
    text = assertion.split(".")[at]
    found: dict[str, Any] = orjson.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    return found


def number(value: int, length: int | None = None) -> str:
    raw = value.to_bytes(length or (value.bit_length() + 7) // 8, "big")
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def ec_jwk(key: ec.EllipticCurvePrivateKey) -> dict[str, Any]:
    numbers = key.private_numbers()
    public = numbers.public_numbers
    return {
        "kty": "EC",
        "crv": "P-384",
        "kid": "k1",
        "x": number(public.x, 48),
        "y": number(public.y, 48),
        "d": number(numbers.private_value, 48),
    }


def rsa_jwk() -> dict[str, Any]:
    numbers = RSA.private_numbers()
    return {
        "kty": "RSA",
        "n": number(numbers.public_numbers.n),
        "e": number(numbers.public_numbers.e),
        "d": number(numbers.d),
        "p": number(numbers.p),
        "q": number(numbers.q),
    }


@pytest.mark.parametrize(("key", "algorithm"), [(RSA, "RS384"), (EC, "ES384")])
def test_an_assertion_is_what_smart_asks_for(key: PrivateKey, algorithm: str) -> None:
    signing = read_key(private_pem(key), "k7")

    assertion = signing.assertion("us", audience=URL, now=NOW)

    assert part(assertion, 0) == {"alg": algorithm, "typ": "JWT", "kid": "k7"}
    claims = part(assertion, 1)
    assert (claims["iss"], claims["sub"], claims["aud"]) == ("us", "us", URL)
    assert NOW.timestamp() < claims["exp"] <= (NOW + timedelta(minutes=5)).timestamp()
    assert verifies(assertion, public_pem(key), algorithm)
    assert not verifies(assertion[:-4] + "AAAA", public_pem(key), algorithm)


def test_no_two_assertions_have_the_same_id() -> None:
    signing = read_key(private_pem(EC))

    ids = {part(signing.assertion("us", audience=URL, now=NOW), 1)["jti"] for _ in range(100)}

    assert len(ids) == 100


@pytest.mark.parametrize(
    ("given", "key", "key_id"),
    [
        (private_pem(EC), EC, None),
        (private_pem(RSA).replace("\n", "\r\n"), RSA, None),
        (private_pem(RSA).replace("\n", "\\n"), RSA, None),
        (ec_jwk(EC), EC, "k1"),
        (orjson.dumps(ec_jwk(EC)).decode(), EC, "k1"),
        (rsa_jwk(), RSA, None),
        ({name: value for name, value in rsa_jwk().items() if name not in "pq"}, RSA, None),
    ],
)
def test_keys_are_read_in_the_forms_that_people_have_them(
    given: object, key: PrivateKey, key_id: str | None
) -> None:
    signing = read_key(given)

    assert (signing.as_pem(), signing.key_id) == (private_pem(key), key_id)
    assert "PRIVATE" not in repr(signing)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("", "no private key"),
        ("{", "no JSON"),
        (None, "no private key"),
        (public_pem(EC), "public"),
        (private_pem(EC, b"secret"), "encrypted"),
        (private_pem(ec_key(ec.SECP256R1())), "P-384"),
        (private_pem(rsa_key(1024)), "2048"),
        (ec_jwk(EC) | {"crv": "P-256"}, "P-384"),
        (ec_jwk(EC) | {"d": "!"}, "JWK"),
        (ec_jwk(EC) | {"x": 7}, "JWK"),
        (rsa_jwk() | {"p": "AQAB"}, "JWK"),
        ({"kty": "RSA"}, "JWK"),
        # To look for the primes of such a one would take minutes.
        ({"kty": "RSA", "n": "_" * 3_000, "e": "AQAB", "d": "_" * 3_000}, "without its primes"),
        ({"kty": "RSA", "n": "AQAB", "e": "_" * 3_000, "d": "AQAB"}, "without its primes"),
        (rsa_jwk() | {"n": "_" * 100_000}, "JWK"),
    ],
)
def test_a_key_that_cannot_sign_is_refused_in_words_without_it(given: object, said: str) -> None:
    with pytest.raises(UnusableKeyError, match=said):
        read_key(given)


@pytest.mark.parametrize(
    ("scopes", "enough"),
    [
        ("system/Organization.cus", True),
        ("system/Organization.cruds system/Patient.rs", True),
        ("system/Organization.c system/Organization.u", True),
        ("system/*.write", True),
        ("system/Organization.*", True),
        ("system/Organization.cu?identifier=x", True),
        ("system/Organization.rs", False),
        ("system/Organization.read", False),
        ("user/Organization.cruds", False),
        ("system/OrganizationAffiliation.cruds", False),
        ("", False),
    ],
)
def test_scopes_that_let_us_write(scopes: str, enough: bool) -> None:
    assert may_write(scopes) is enough


@pytest.mark.parametrize("line_break", ["\\n", "\\r\\n", "\r\n", "\r", " "])
def test_a_key_is_read_whatever_became_of_its_line_breaks(line_break: str) -> None:
    pasted = private_pem(EC).replace("\n", line_break)

    assert read_key(pasted).as_pem() == private_pem(EC)
