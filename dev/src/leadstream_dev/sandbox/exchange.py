"""One request a provider was sent and the answer it gives."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any
from urllib.parse import parse_qsl

import orjson

JsonObject = dict[str, Any]
"""Decoded JSON, which has no narrower type until it was validated."""


class Outcome(StrEnum):
    ACCEPTED = "accepted"
    REPLAYED = "replayed"
    REJECTED = "rejected"
    HUNG = "hung"
    DROPPED = "dropped"


@dataclass(slots=True, kw_only=True)
class Call:
    """A request as it came in.

    `seq` is the number its ledger line will get, `identity` what that line says it is about.
    """

    method: str
    path: str
    query: str
    headers: dict[str, str]
    raw: bytes
    params: Mapping[str, str]
    base_url: str
    received: datetime
    seq: int = 0
    identity: JsonObject = field(default_factory=dict)
    json: object = None
    is_json: bool = False
    form: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            self.form = dict(parse_qsl(self.raw.decode("utf-8", "replace"), keep_blank_values=True))
            return
        if not self.raw:
            return
        try:
            self.json = orjson.loads(self.raw)
        except orjson.JSONDecodeError:
            return
        self.is_json = True

    @property
    def arguments(self) -> list[tuple[str, str]]:
        return parse_qsl(self.query, keep_blank_values=True)

    @property
    def body(self) -> JsonObject:
        """The JSON object sent, or an empty one if it was anything else."""
        return self.json if isinstance(self.json, dict) else {}

    @property
    def bearer(self) -> str | None:
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token.strip() or None if scheme.lower() == "bearer" else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a provider says, and what it has done (`effects`) by saying it."""

    status: int
    content: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    effects: tuple[JsonObject, ...] = ()
    replayed: bool = False

    @property
    def outcome(self) -> Outcome:
        if self.replayed:
            return Outcome.REPLAYED
        return Outcome.ACCEPTED if self.status < 300 else Outcome.REJECTED

    def with_headers(self, headers: Mapping[str, str]) -> "Answer":
        return replace(self, headers={**self.headers, **headers})

    def with_effects(self, effects: Iterable[JsonObject]) -> "Answer":
        return replace(self, effects=(*self.effects, *effects))


def json_answer(
    status: int,
    body: object,
    *,
    headers: Mapping[str, str] | None = None,
    effects: tuple[JsonObject, ...] = (),
    replayed: bool = False,
) -> Answer:
    return Answer(
        status=status,
        content=orjson.dumps(body),
        headers={"content-type": "application/json", **(headers or {})},
        effects=effects,
        replayed=replayed,
    )


def text_answer(status: int, text: str, headers: Mapping[str, str] | None = None) -> Answer:
    return Answer(
        status=status,
        content=text.encode(),
        headers={"content-type": "text/html", **(headers or {})},
    )
