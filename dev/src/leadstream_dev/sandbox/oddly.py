"""Answers as servers in the wild write them: the status is the provider's own, what is beside it is odd."""

import codecs
import gzip
from collections.abc import Callable
from enum import StrEnum

from leadstream_dev.sandbox.exchange import Answer

EMPTY_MEMBERS = 8 * 1024 * 1024


class Odd(StrEnum):
    LATIN1 = "latin1"
    """The reason phrase and a header with a byte above 127, as Latin-1 has them."""
    UTF8 = "utf8"
    """The same in UTF-8."""
    HEADER_NAME = "header_name"
    """A header that no parser takes."""
    TWO_LENGTHS = "two_lengths"
    TRAILER = "trailer"
    """Chunks, and after them a trailer that no parser takes."""
    CUT = "cut"
    """A body that is shorter than its length."""
    MEMBERS = "members"
    """Eight megabytes of packed nothing in place of the body."""
    BYTES = "bytes"
    """A body in chunks of one byte."""
    BOM = "bom"
    UTF16 = "utf16"


def written(answer: Answer, odd: Odd) -> bytes:
    """The answer as it goes over the wire, to be followed by the end of the connection."""
    reason, headers, body = _WRITERS[odd](answer.content)
    own = "".join(f"{name}: {value}\r\n" for name, value in answer.headers.items())
    head = b"HTTP/1.1 %d %s\r\n" % (answer.status, reason)
    return head + own.encode("latin-1") + b"connection: close\r\n" + headers + b"\r\n" + body


Written = tuple[bytes, bytes, bytes]


def _length(content: bytes) -> bytes:
    return b"content-length: %d\r\n" % len(content)


def _chunks(content: bytes, size: int) -> bytes:
    cut = (content[start : start + size] for start in range(0, len(content), size))
    return b"".join(b"%x\r\n%s\r\n" % (len(each), each) for each in cut) + b"0\r\n"


def _members(_content: bytes) -> Written:
    empty = gzip.compress(b"")
    body = empty * (EMPTY_MEMBERS // len(empty))
    return b"OK", b"content-encoding: gzip\r\n" + _length(body), body


def _bom(content: bytes) -> Written:
    body = codecs.BOM_UTF8 + content
    return b"OK", _length(body), body


def _utf16(content: bytes) -> Written:
    body = content.decode().encode("utf-16")
    return b"OK", _length(body), body


_CHUNKED = b"transfer-encoding: chunked\r\n"
_WRITERS: dict[Odd, Callable[[bytes], Written]] = {
    Odd.LATIN1: lambda body: (b"Acept\xf3", b"x-name: M\xfcller\r\n" + _length(body), body),
    Odd.UTF8: lambda body: (
        "Aceptó".encode(),
        "x-name: Müller\r\n".encode() + _length(body),
        body,
    ),
    Odd.HEADER_NAME: lambda body: (b"OK", b"x-m\xfcller: a\r\n" + _length(body), body),
    Odd.TWO_LENGTHS: lambda body: (b"OK", _length(body) + _length(body + b"x"), body),
    Odd.TRAILER: lambda body: (b"OK", _CHUNKED, _chunks(body, 1024) + b"x \xff\r\n\r\n"),
    Odd.CUT: lambda body: (b"OK", _length(body + b"more"), body),
    Odd.MEMBERS: _members,
    Odd.BYTES: lambda body: (b"OK", _CHUNKED, _chunks(body, 1) + b"\r\n"),
    Odd.BOM: _bom,
    Odd.UTF16: _utf16,
}
