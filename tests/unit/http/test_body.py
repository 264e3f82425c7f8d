import asyncio
import gzip
import random
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Iterator
from functools import partial

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadstream.http import EXCERPT, WHOLE, AmbiguousError, BodyRule
from leadstream.http.body import read_answer
from leadstream.http.unpacking import MOST_MEMBERS, Inflating, UnreadableError, unpacker_of

LIMIT = 1000
SHORT = BodyRule(LIMIT)
CHUNK = 16 * 1024
MIB = 1024 * 1024
# Without the time, which would be another in the names of the tests of each process.
gzipped = partial(gzip.compress, mtime=0)
EMPTY = gzipped(b"")
HEAD = EMPTY[:10]


class Body(httpx.AsyncByteStream):
    """A body in chunks, that counts how much of it was taken."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self.taken = 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for chunk in self._chunks:
            self.taken += len(chunk)
            yield chunk


def cut(raw: bytes, size: int = CHUNK) -> Iterator[bytes]:
    return (raw[start : start + size] for start in range(0, len(raw), size))


async def read(body: Body, encoding: str = "", rule: BodyRule = SHORT) -> bytes:
    response = httpx.Response(
        200,
        headers=[(b"content-encoding", encoding.encode("latin-1"))],
        stream=body,
        request=httpx.Request("GET", "https://api.example/"),
    )
    answer = await read_answer(response, rule, asyncio.get_running_loop().time() + 60)
    return answer.content


@pytest.mark.parametrize("size", [1, 3, CHUNK])
@pytest.mark.parametrize(
    ("raw", "encoding"),
    [
        (b"hello", ""),
        (b"hello", "identity"),
        (gzipped(b"hello"), "gzip"),
        (gzipped(b"hel") + gzipped(b"lo"), " GZIP "),
        (EMPTY * 3 + gzipped(b"hello") + EMPTY, "x-gzip"),
        (zlib.compress(b"hello"), "deflate"),
        (b"hello", "UTF-8"),
        (b"hello", "none"),
        (gzipped(b"hello") + bytes(500), "gzip"),
        (gzipped(b"hello") + b"\r\n", "gzip"),
        (gzipped(b"hello") + b"junk", "gzip"),
        (gzipped(b"hello") + b"\x1f", "gzip"),
        (gzipped(b"hello") + b"\0" + gzipped(b"junk"), "gzip"),
        (zlib.compress(b"hello") + b"\n", "deflate"),
    ],
)
async def test_what_we_asked_for_is_unpacked(raw: bytes, encoding: str, size: int) -> None:
    assert await read(Body(cut(raw, size)), encoding) == b"hello"


async def test_nothing_is_nothing_whatever_it_is_packed_in() -> None:
    assert await read(Body(iter(())), "gzip") == b""


@pytest.mark.parametrize("size", [1, CHUNK])
@pytest.mark.parametrize(
    ("raw", "encoding", "reason"),
    [
        (b"hello", "gzip", "does not unpack"),
        (gzipped(b"hello")[:-1], "gzip", "ends too early"),
        (gzipped(b"hello") + HEAD, "gzip", "ends too early"),
        (gzipped(b"hello") + HEAD[:2] + b"junk", "gzip", "does not unpack"),
        (gzipped(gzipped(b"hello")), "gzip, gzip", "did not ask for"),
        (b"hello", "br", "did not ask for"),
        (b"hello", "\xff", "did not ask for"),
        (bytes(LIMIT + 1), "", "longer than"),
        (gzipped(bytes(LIMIT + 1)), "gzip", "longer than"),
        (gzipped(bytes(400)) * 3, "gzip", "longer than"),
        (EMPTY * (MOST_MEMBERS + 1), "gzip", "too many pieces"),
    ],
)
async def test_what_does_not_unpack_says_why(
    raw: bytes, encoding: str, reason: str, size: int
) -> None:
    with pytest.raises(AmbiguousError, match=reason) as raised:
        await read(Body(cut(raw, size)), encoding)

    assert raised.value.status_code == 200


def dynamic_blocks() -> bytes:
    """Blocks that take long to read and say little: each brings a table of its own."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    letters = random.Random(1).choices(b"abcdefghijklmnop\n0123456789" + b"e" * 60, k=300)  # noqa: S311 - any text
    return packer.compress(bytes(letters)) + packer.flush(zlib.Z_SYNC_FLUSH)


# Each froze the loop: for 42 s, or for half a second.
BOMBS = {
    "empty members": EMPTY,
    "zeros": gzipped(bytes(50 * MIB)),
    "empty stored blocks": b"\0\0\0\xff\xff",
    "empty fixed blocks": b"\x02\x08 \x80\x00",
    "blocks with tables": dynamic_blocks(),
}


def bomb(name: str) -> bytes:
    unit = BOMBS[name]
    return (b"" if unit.startswith(HEAD[:2]) else HEAD) + unit * (8 * MIB // len(unit))


@pytest.mark.parametrize("name", BOMBS)
async def test_no_body_holds_the_loop(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    most: list[int] = []
    inflate = Inflating._inflate

    def counted(self: Inflating, raw: bytes) -> bytes:
        content = inflate(self, raw)
        most.append(len(raw) + len(content))
        return content

    monkeypatch.setattr(Inflating, "_inflate", counted)
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    beside = asyncio.create_task(others())
    body = Body(cut(bomb(name)))
    tracemalloc.start()
    with pytest.raises(AmbiguousError):
        await read(body, "gzip", WHOLE)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    beside.cancel()

    # Others had their turn after each chunk, of which each made little work: no more than it packs at most.
    assert turns >= body.taken // CHUNK - 1
    assert sum(most) <= body.taken + MOST_MEMBERS * CHUNK + WHOLE.limit + MIB
    assert peak < 4 * WHOLE.limit


async def test_a_bomb_of_members_is_put_down_after_a_few() -> None:
    body = Body(cut(bomb("empty members")))

    with pytest.raises(AmbiguousError, match="too many pieces"):
        await read(body, "gzip", WHOLE)

    assert body.taken == CHUNK


async def test_a_long_body_is_read_no_further_than_needed() -> None:
    body = Body(cut(bytes(100 * CHUNK)))

    with pytest.raises(AmbiguousError, match="longer than"):
        await read(body)

    assert body.taken == CHUNK


@pytest.mark.parametrize(
    ("raw", "encoding", "part"),
    [
        (b"x" * 70_000, "", b"x" * EXCERPT.limit),
        (b"ok", "", b"ok"),
        (EMPTY * 100, "gzip", b""),
        (b"ok", "br", b""),
        (gzipped(b"hello")[:-1], "gzip", b""),
        (gzipped(b"hello"), "gzip", b"hello"),
    ],
)
async def test_an_excerpt_is_what_could_be_had(raw: bytes, encoding: str, part: bytes) -> None:
    assert await read(Body(cut(raw)), encoding, EXCERPT) == part


@given(st.binary(max_size=200), st.sampled_from(["gzip", "deflate", "", "br"]))
def test_no_bytes_raise_anything_else(raw: bytes, encoding: str) -> None:
    for content in (raw, HEAD + raw, EMPTY + raw, zlib.compress(raw)):
        try:
            unpacker = unpacker_of(encoding, LIMIT)
            unpacker.feed(content)
            unpacker.end()
        except UnreadableError:
            continue
