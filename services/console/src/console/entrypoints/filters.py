"""Filters are in the URL. What makes no sense is said by the service that it is sent to."""

from typing import Annotated

from fastapi import Depends, Request

from leadstream.api.errors import InvalidError
from leadstream.settings import SERVICE_PORTS


class Query:
    """The query of a list."""

    def __init__(self, request: Request) -> None:
        self._query = request.query_params

    def get(self, name: str) -> str | None:
        """The value, or None where there is none or an empty one."""
        return self._query.get(name, "").strip() or None

    def taken(self, *names: str) -> dict[str, str]:
        """Those of the filters that are given."""
        return {name: value for name in names if (value := self.get(name))}

    @property
    def cursor(self) -> str | None:
        return self.get("cursor")

    def services(self) -> list[str]:
        """The one that is asked for (`service`), or all. Raises InvalidError."""
        service = self.get("service")
        if service is None:
            return list(SERVICE_PORTS)
        if service not in SERVICE_PORTS:
            raise InvalidError(
                f"there is no such service: {', '.join(SERVICE_PORTS)}", field="service"
            )
        return [service]


Filters = Annotated[Query, Depends(Query)]
