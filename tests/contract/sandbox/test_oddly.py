"""Answers as servers in the wild write them: byte for byte, since hardly a client takes them."""

import asyncio
import gzip

import orjson
import pytest

from leadstream_dev.sandbox import Sandbox
from leadstream_dev.sandbox.oddly import Odd

ASKED = b'{"event":"x"}'
SAID = {
    "latin1": (b"HTTP/1.1 200 Acept\xf3\r\n", b"x-name: M\xfcller\r\n"),
    "utf8": ("HTTP/1.1 200 Aceptó\r\n".encode(), "x-name: Müller\r\n".encode()),
    "header_name": (b"HTTP/1.1 200 OK\r\n", b"x-m\xfcller: a\r\n"),
    "two_lengths": (b"content-length: 2\r\n", b"content-length: 3\r\n"),
    "trailer": (b"transfer-encoding: chunked\r\n", b"\r\n0\r\nx \xff\r\n\r\n"),
    "cut": (b"content-length: 6\r\n", b"\r\n\r\nok"),
    "bytes": (b"transfer-encoding: chunked\r\n", b"1\r\no\r\n1\r\nk\r\n0\r\n\r\n"),
    "bom": (b"content-length: 5\r\n", b"\xef\xbb\xbfok"),
    "utf16": (b"content-length: 6\r\n", "ok".encode("utf-16")),
    "members": (b"content-encoding: gzip\r\n", gzip.compress(b"")[10:]),
}


async def _heard(sandbox: Sandbox, path: str, body: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", sandbox.port)
    head = f"POST {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer sandbox\r\n"
    writer.write(f"{head}content-length: {len(body)}\r\n\r\n".encode() + body)
    said = await reader.read()
    writer.close()
    return said


@pytest.mark.parametrize("odd", list(Odd))
async def test_an_answer_is_written_oddly_and_has_its_effect(sandbox: Sandbox, odd: Odd) -> None:
    await sandbox.control.behave("hooks", odd=odd, errors={"status": 200, "body": "ok"})

    said = await _heard(sandbox, "/hooks/a", ASKED)

    assert all(part in said for part in SAID[odd])
    [entry] = sandbox.ledger.entries(provider="hooks")
    assert (entry.status, entry.outcome) == (200, "accepted")


async def test_of_a_script_one_answer_may_be_odd(sandbox: Sandbox) -> None:
    await sandbox.control.script("hooks", None, {"status": 410, "odd": "latin1"})

    first = await _heard(sandbox, "/hooks/a", ASKED)

    assert first.startswith(b"HTTP/1.1 410 Acept\xf3\r\n")
    [entry] = sandbox.ledger.entries(provider="hooks")
    assert (entry.status, entry.body) == (410, orjson.loads(ASKED))
