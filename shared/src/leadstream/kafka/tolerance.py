"""Records whose header names are not UTF-8.

Kafka takes them; aiokafka decodes names strictly and raises at such a record on every fetch, so that its partition
stands still for ever. Here the batch it is in is read once more by aiokafka's Python parser, with the bad bytes escaped
in the name. The key, the value and the header values stay what they are.
"""

from collections.abc import Iterator
from typing import Any

import aiokafka
from aiokafka.consumer import fetcher
from aiokafka.record.default_records import DefaultRecordBatch, _DefaultRecordBatchPy
from aiokafka.record.memory_records import _MemoryRecordsPy

# This reaches into aiokafka: whoever raises the version looks here first.
_WRITTEN_FOR = "0.14.0"


def install() -> None:
    """Make every consumer of this process read such records. Twice is the same as once."""
    if aiokafka.__version__ != _WRITTEN_FOR:
        raise RuntimeError(f"leadstream.kafka.tolerance is for aiokafka {_WRITTEN_FOR}")
    fetcher.MemoryRecords = _TolerantRecords


class _TolerantRecords(_MemoryRecordsPy):  # type: ignore[misc]  # aiokafka publishes no types
    def next_batch(self) -> Any:
        data = self._next_slice
        batch = super().next_batch()
        return _TolerantBatch(batch, data) if isinstance(batch, DefaultRecordBatch) else batch


class _TolerantBatch:
    """A batch that is read by the fast parser, and from a bad name on by the patient one."""

    def __init__(self, batch: Any, data: Any) -> None:
        self._batch = batch
        self._data = data

    def __getattr__(self, name: str) -> Any:
        return getattr(self._batch, name)

    def __iter__(self) -> Iterator[Any]:
        read = 0
        try:
            for record in self._batch:
                yield record
                read += 1
        except UnicodeDecodeError:
            patient = iter(_PatientBatch(self._data))
            for _ in range(read):
                next(patient)
            yield from patient


class _PatientBatch(_DefaultRecordBatchPy):  # type: ignore[misc]  # aiokafka publishes no types
    _buffer: bytearray

    def _maybe_uncompress(self) -> None:
        super()._maybe_uncompress()
        self._buffer = _Buffer(self._buffer)


class _Buffer(bytearray):
    """Bytes that decode to something in any case."""

    def __getitem__(self, index: Any) -> Any:
        found = super().__getitem__(index)
        return _Buffer(found) if isinstance(index, slice) else found

    def decode(self, encoding: str = "utf-8", errors: str = "backslashreplace") -> str:
        return super().decode(encoding, errors)
