from leadstream.errors import PermanentError


class InvalidScheduleError(PermanentError):
    """A schedule that can't be: `field` is the part that is wrong."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
