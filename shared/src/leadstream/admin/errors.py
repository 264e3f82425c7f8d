"""Why an admin API gave no answer that could be used."""

from leadstream.errors import LeadstreamError


class AdminError(LeadstreamError):
    """Base: which service it was, and what happened."""

    def __init__(self, service: str, message: str) -> None:
        super().__init__(message)
        self.service = service
        self.message = message


class AwayError(AdminError):
    """Nobody answers there, or not in time."""


class StrangeError(AdminError):
    """What answers is not what the service answers."""


class RefusedError(AdminError):
    """An answer other than success."""

    def __init__(
        self,
        service: str,
        message: str,
        *,
        status: int,
        code: str | None = None,
        field: str | None = None,
        wait: float | None = None,
    ) -> None:
        super().__init__(service, message)
        self.status = status
        self.code = code
        self.field = field
        # Seconds until the same call may be made again, if the answer says so.
        self.wait = wait
