"""Idempotency keys: what was sent under each, for 24 hours, and which are in flight."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

import orjson

LIFETIME = timedelta(hours=24)
MAX_LENGTH = 256


@dataclass(frozen=True, slots=True)
class Kept:
    """The e-mails one call sent, and the body it sent them with."""

    seq: int
    fingerprint: str
    ids: tuple[str, ...]
    at: datetime


class Keys:
    def __init__(self) -> None:
        self._kept: dict[str, Kept] = {}
        self._in_flight: set[str] = set()

    def begin(self, key: str) -> bool:
        """Hold a key while its call runs, or say that another call holds it."""
        if key in self._in_flight:
            return False
        self._in_flight.add(key)
        return True

    def end(self, key: str) -> None:
        self._in_flight.discard(key)

    def find(self, key: str, now: datetime) -> Kept | None:
        kept = self._kept.get(key)
        return kept if kept and now - kept.at < LIFETIME else None

    def keep(self, key: str, email_id: str, *, seq: int, body: object, at: datetime) -> None:
        """Note an e-mail sent under `key`; those of one batch share a `seq`."""
        kept = self._kept.get(key)
        if kept is not None and kept.seq == seq:
            self._kept[key] = Kept(seq, kept.fingerprint, (*kept.ids, email_id), at)
            return
        self._kept[key] = Kept(seq, fingerprint(body), (email_id,), at)


def fingerprint(body: object) -> str:
    return sha256(orjson.dumps(body, option=orjson.OPT_SORT_KEYS)).hexdigest()
