"""What can be asked of a provider: lasting misbehaviour, and scripts for the next calls."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field, model_validator

from leadstream_dev.sandbox.exchange import JsonObject
from leadstream_dev.sandbox.oddly import Odd


class Action(StrEnum):
    PASS = "pass"  # noqa: S105 - let the provider answer
    ANSWER = "answer"
    """Give a literal answer, without effect."""
    HANG = "hang"
    """Accept the call and never answer, without effect."""
    DROP = "drop"
    """Close the connection, without effect."""
    HALF = "half"
    """Take effect, send half the answer, close the connection."""
    LOSE = "lose"
    """Take effect, close the connection without an answer."""


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Latency(Strict):
    seconds: float = Field(default=0.0, ge=0)
    jitter: float = Field(default=0.0, ge=0)
    """The delay is uniform within `seconds` ± `jitter`."""


class RateLimit(Strict):
    limit: int = Field(ge=0)
    window: float = Field(default=1.0, gt=0)
    retry_after: str | None = None
    """Retry-After to announce instead of the true one, in seconds or as an HTTP date."""


class Errors(Strict):
    rate: float = Field(default=1.0, ge=0, le=1)
    status: int = Field(default=500, ge=200, le=599)
    body: object = None
    """A string is sent as it is, anything else as JSON; None is the provider's own error."""
    headers: dict[str, str] = Field(default_factory=dict)


class Match(Strict):
    """Which calls something is for. Without a condition: all of the provider's."""

    provider: str
    operation: str | None = None
    match: dict[str, str | int | list[str]] = Field(default_factory=dict)
    """Identity fields as the ledger shows them; a list means any of these."""
    contains: str | None = None
    """Text the raw body must contain."""

    def matches(self, operation: str, identity: JsonObject, raw: bytes) -> bool:
        if self.operation not in (None, operation):
            return False
        if self.contains is not None and self.contains.encode() not in raw:
            return False
        return all(_meets(identity.get(name), wanted) for name, wanted in self.match.items())

    @property
    def scope(self) -> str:
        return f"{self.provider}/{self.operation}/{sorted(self.match.items())}/{self.contains}"

    @property
    def specificity(self) -> int:
        return (self.operation is not None) + 2 * (len(self.match) + (self.contains is not None))


class Behaviour(Match):
    """What stays switched on until it is changed. Where several match, the narrower wins."""

    latency: Latency | None = None
    rate_limit: RateLimit | None = None
    errors: Errors | None = None
    hang: float | None = Field(default=None, ge=0, le=1)
    drop: float | None = Field(default=None, ge=0, le=1)
    half: float | None = Field(default=None, ge=0, le=1)
    lose: float | None = Field(default=None, ge=0, le=1)
    quota_exhausted: str | bool | None = None
    """True, or the period the provider names: `daily`, `monthly`."""
    revoked: bool | None = None
    odd: Odd | None = None
    """How answers are written: their status counts, whatever is beside it."""


class Step(Strict):
    """What happens to one call (or `times` calls) of a script."""

    action: Action = Action.ANSWER
    status: int = Field(default=200, ge=200, le=599)
    headers: dict[str, str] = Field(default_factory=dict)
    body: object = None
    odd: Odd | None = None
    delay: float = Field(default=0.0, ge=0)
    times: int = Field(default=1, ge=1)

    @model_validator(mode="after")
    def _only_an_answer_has_content(self) -> "Step":
        literal = self.model_fields_set & {"status", "headers", "body"}
        if literal and self.action is not Action.ANSWER:
            raise ValueError(f"a step with action {self.action} has no {', '.join(literal)}")
        return self


class Script(Match):
    steps: list[Step] = Field(min_length=1)


def _meets(value: object, wanted: str | int | list[str]) -> bool:
    accepted = {str(one) for one in wanted} if isinstance(wanted, list) else {str(wanted)}
    found = value if isinstance(value, list) else [value]
    return any(str(one) in accepted for one in found)
