from typing import Literal

from pydantic import Field

from leadstream_dev.sandbox.provider import Options

Status = Literal["valid", "invalid", "accept_all", "webmail", "disposable", "unknown"]


class HunterOptions(Options):
    verdicts: dict[str, Status] = Field(default_factory=dict)
    """By address."""
    knows: float = Field(default=1.0, ge=0, le=1)
    """Part of the other addresses of which it is found out what there is."""
    checking: dict[str, int] = Field(default_factory=dict)
    """By address: how many calls are told that it is still being checked."""
    failing: list[str] = Field(default_factory=list)
    """Addresses whose mail server answers oddly: 222."""
    objected: list[str] = Field(default_factory=list)
    """Addresses of people who want nobody to be told about them: 451."""
    without_verifier: list[str] = Field(default_factory=list)
    """Keys whose plan does not have it."""
    credits: int | None = Field(default=None, ge=0)
    """How many verifications each key has, from the beginning; None: as many as it wants."""
    per_second: int = Field(default=10, ge=1)
    per_minute: int = Field(default=300, ge=1)
    """Verifications of one key."""
