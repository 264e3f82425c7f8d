"""The writing side of the ledger: one JSON line per request, in the file before the answer is sent."""

import os
from array import array
from collections.abc import Iterator
from pathlib import Path

import orjson

from leadstream_dev.sandbox.exchange import JsonObject


class Journal:
    """An append-only file whose lines are numbered from 1, across restarts.

    `replay` must be run through before the first `append`.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        self._path = path
        self._offsets = array("Q")
        self._size = 0

    @property
    def next_seq(self) -> int:
        return len(self._offsets) + 1

    def replay(self) -> Iterator[JsonObject]:
        with self._path.open("rb") as lines:
            for raw in lines:
                if not raw.endswith(b"\n"):
                    # The process died while writing it, so its answer was never sent.
                    os.ftruncate(self._file, self._size)
                    return
                self._count(raw)
                line: JsonObject = orjson.loads(raw)
                yield line

    def append(self, line: JsonObject) -> None:
        raw = orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE)
        rest = memoryview(raw)
        while rest:
            rest = rest[os.write(self._file, rest) :]
        self._count(raw)

    def read(self, seq: int) -> JsonObject:
        start = self._offsets[seq - 1]
        end = self._offsets[seq] if seq < len(self._offsets) else self._size
        line: JsonObject = orjson.loads(os.pread(self._file, end - start, start))
        return line

    def clear(self) -> None:
        os.ftruncate(self._file, 0)
        self._offsets = array("Q")
        self._size = 0

    def close(self) -> None:
        os.close(self._file)

    def _count(self, raw: bytes) -> None:
        self._offsets.append(self._size)
        self._size += len(raw)
