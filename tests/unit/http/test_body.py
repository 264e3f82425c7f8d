import gzip
import tracemalloc
import zlib

import pytest

from leadstream.http.body import UnreadableError, unpack

LIMIT = 1000


@pytest.mark.parametrize(
    ("raw", "encoding"),
    [
        (b"hello", ""),
        (b"hello", "identity"),
        (gzip.compress(b"hello"), "gzip"),
        (gzip.compress(b"hel") + gzip.compress(b"lo"), " GZIP "),
        (zlib.compress(b"hello"), "deflate"),
    ],
)
def test_what_we_asked_for_is_unpacked(raw: bytes, encoding: str) -> None:
    assert unpack(raw, encoding, LIMIT) == b"hello"


@pytest.mark.parametrize(
    ("raw", "encoding", "reason"),
    [
        (b"hello", "gzip", "does not unpack"),
        (gzip.compress(b"hello")[:-1], "gzip", "ends too early"),
        (gzip.compress(b"hello") + b"junk", "gzip", "does not unpack"),
        (gzip.compress(gzip.compress(b"hello")), "gzip, gzip", "did not ask for"),
        (b"hello", "br", "did not ask for"),
        (bytes(LIMIT + 1), "", "longer than"),
    ],
)
def test_what_does_not_unpack_says_why(raw: bytes, encoding: str, reason: str) -> None:
    with pytest.raises(UnreadableError, match=reason):
        unpack(raw, encoding, LIMIT)


def test_a_bomb_is_put_down_at_the_limit() -> None:
    bomb = gzip.compress(bytes(50_000_000))

    tracemalloc.start()
    with pytest.raises(UnreadableError, match="longer than"):
        unpack(bomb, "gzip", LIMIT)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 1_000_000


def test_members_share_the_limit() -> None:
    with pytest.raises(UnreadableError, match="longer than"):
        unpack(gzip.compress(bytes(400)) * 3, "gzip", LIMIT)
