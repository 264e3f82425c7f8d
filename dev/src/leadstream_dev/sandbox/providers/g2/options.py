"""G2's own switches."""

from fnmatch import fnmatchcase
from typing import Literal

from pydantic import Field

from leadstream_dev.sandbox.exchange import JsonObject
from leadstream_dev.sandbox.provider import Options


class G2Options(Options):
    products: list[str] = Field(default=["sandbox-*"])
    """Shell patterns of the ids of products that the account has."""
    scopes: list[str] = Field(default=["buyer_intent.read"])
    rows: dict[str, list[JsonObject]] = Field(default_factory=dict)
    """By product: exactly these rows' attributes, in place of made-up ones; `*` for all of the account's."""
    per_second: int = Field(default=100, ge=1)
    """Calls from one address in any second. One more, and none is answered for `blocked` seconds."""
    blocked: float = Field(default=60, ge=0)
    next_in: Literal["links", "cursor_pagination"] = "links"
    """Where an answer has the next page: a link, or the cursor alone."""

    def has(self, product: str) -> bool:
        return product in self.rows or any(fnmatchcase(product, each) for each in self.products)
