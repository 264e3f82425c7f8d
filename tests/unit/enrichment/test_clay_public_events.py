import hashlib
import hmac
from typing import Any

import orjson
import pytest

from enrichment.adapters.clay_public_events import is_signed, run_in

SECRET = "whsec_c2FuZGJveA=="
BODY = b'{"webhookId": "wh_1", "data": {"routine_run_id": "run_1"}}'
GOOD = "sha256=" + hmac.digest(SECRET.encode(), BODY, hashlib.sha256).hex()


def test_a_body_is_signed_as_it_was_sent() -> None:
    assert is_signed(BODY, GOOD, SECRET)
    assert is_signed(BODY, f" {GOOD} ", SECRET)


@pytest.mark.parametrize(
    "signature",
    [None, "", GOOD[7:], GOOD[:-1], GOOD.upper(), f"{GOOD},{GOOD}", "sha256=", "sha256=ü\ud800"],
    ids=["none", "empty", "bare", "short", "upper", "two", "nothing", "strange"],
)
def test_nothing_else_is_a_signature(signature: str | None) -> None:
    assert not is_signed(BODY, signature, SECRET)


def test_another_body_or_secret_is_not_signed() -> None:
    assert not is_signed(BODY + b" ", GOOD, SECRET)
    assert not is_signed(BODY, GOOD, SECRET + "x")


def told(data: Any) -> bytes:
    return orjson.dumps(
        {"webhookId": "wh_1", "createdAt": "2026-06-16T17:50:00.000Z", "data": data}
    )


def test_the_run_is_named() -> None:
    assert run_in(BODY) == "run_1"
    assert run_in(told({"routine_run_id": "x" * 64, "more": 1})) == "x" * 64


@pytest.mark.parametrize(
    "body",
    [
        told({}),
        told(None),
        told([]),
        told({"routine_run_id": ""}),
        told({"routine_run_id": 7}),
        told({"routine_run_id": "x" * 65}),
        told({"routine_run_id": "run\n1"}),
        b"[]",
        b"null",
        b"",
        b"{",
        b"\xff",
        b"[" * 2000,
    ],
    ids=[
        *("a test", "null", "list", "empty", "number", "long", "lines"),
        *("other list", "no object", "no body", "cut", "bytes", "deep"),
    ],
)
def test_other_news_names_none(body: bytes) -> None:
    assert run_in(body) is None
