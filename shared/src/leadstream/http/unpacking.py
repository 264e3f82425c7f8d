"""Undoing a content encoding bit by bit, giving up as soon as it is more than we are ready to hold, or to do."""

import zlib
from typing import Protocol

# An answer is one, and some servers send a few one after the other. A megabyte of empty ones would take minutes.
MOST_MEMBERS = 16
_MAGIC = b"\x1f\x8b"


class UnreadableError(Exception):
    """The body does not unpack, or is longer than we read."""


class Unpacker(Protocol):
    def feed(self, chunk: bytes) -> bytes:
        """What this much more of the body unpacks to, little more than the limit in all; raises UnreadableError."""

    def end(self) -> None:
        """The body is over: raise UnreadableError if it is not all there."""


def unpacker_of(encoding: str, limit: int) -> Unpacker:
    """Raises UnreadableError for an encoding that we did not ask for. `limit` is in bytes, packed or unpacked."""
    match encoding.strip().lower():
        # The last two are what some say of a body that is not packed.
        case "" | "identity" | "utf-8" | "none":
            return Plain()
        case "gzip" | "x-gzip":
            return Inflating(16 + zlib.MAX_WBITS, limit)
        case "deflate":
            return Inflating(zlib.MAX_WBITS, limit)
        case _:
            raise UnreadableError("the answer has a content encoding we did not ask for")


def check_length(length: int, limit: int) -> None:
    if length > limit:
        raise UnreadableError(f"the answer is longer than {limit} bytes")


class Plain:
    def feed(self, chunk: bytes) -> bytes:
        return chunk

    def end(self) -> None:
        """Whatever came is all there is."""


class Inflating:
    def __init__(self, wbits: int, limit: int) -> None:
        self._wbits = wbits
        self._limit = limit
        self._packed = 0
        self._room = limit + 1
        self._members = 0
        self._member = zlib.decompressobj(wbits)
        # What came after a member, as long as it may be the beginning of another.
        self._rest = b""
        self._is_over = False

    def feed(self, chunk: bytes) -> bytes:
        self._packed += len(chunk)
        check_length(self._packed, self._limit)
        content = bytearray()
        while self._room and (chunk := self._unread(chunk)):
            content += self._inflate(chunk)
            chunk = self._member.unused_data
        return bytes(content)

    def end(self) -> None:
        if self._members and not self._member.eof:
            raise UnreadableError("the answer's packed body ends too early")

    def _unread(self, raw: bytes) -> bytes:
        """What is still to be unpacked: some servers pad the last member with NULs or end it with a line."""
        if not self._member.eof:
            return raw
        raw, self._rest = self._rest + raw, b""
        if self._is_over or not _MAGIC.startswith(raw[:2]):
            self._is_over = True
            return b""
        if len(raw) < len(_MAGIC):
            self._rest = raw
            return b""
        return raw

    def _inflate(self, raw: bytes) -> bytes:
        if not self._members or self._member.eof:
            self._begin_member()
        try:
            content = self._member.decompress(raw, self._room)
        except zlib.error as exc:
            raise UnreadableError("the answer does not unpack") from exc
        self._room -= len(content)
        return content

    def _begin_member(self) -> None:
        self._members += 1
        if self._members > MOST_MEMBERS:
            raise UnreadableError("the answer's packed body is in too many pieces")
        self._member = zlib.decompressobj(self._wbits)
