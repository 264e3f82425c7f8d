"""What use cases are given."""

from typing import Any, Protocol, TypeVar, overload

from leadstream.admin.answers import HealthBody
from leadstream.admin.calls import Call
from leadstream.admin.errors import AdminError

T = TypeVar("T")
A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")


class Api(Protocol):
    """The services' admin APIs, asked as the visitor: `leadstream.admin.client.Api`."""

    async def ask(self, call: Call[T]) -> T:
        """Make a call. Raises AdminError."""

    async def try_(self, call: Call[T]) -> T | AdminError:
        """The same; what went wrong is returned."""

    @overload
    async def all(self, a: Call[A], b: Call[B], /) -> tuple[A | AdminError, B | AdminError]: ...
    @overload
    async def all(
        self, a: Call[A], b: Call[B], c: Call[C], /
    ) -> tuple[A | AdminError, B | AdminError, C | AdminError]: ...
    @overload
    async def all(self, *calls: Call[A]) -> tuple[A | AdminError, ...]: ...
    async def all(self, *calls: Call[Any]) -> tuple[Any, ...]:
        """Calls at the same time; each that failed is its error."""

    async def readiness(self, service: str) -> HealthBody | AdminError:
        """Whether it may take work, and what it lacks if not; an error if it does not say."""
