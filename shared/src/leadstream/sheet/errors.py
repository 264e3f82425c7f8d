from leadstream.errors import LeadstreamError


class SheetError(LeadstreamError):
    """The file as a whole can't be read: what is wrong, and in which line and column."""

    def __init__(self, message: str, *, line: int | None = None, column: int | None = None) -> None:
        place = f"line {line}" if line is not None else ""
        if column is not None:
            place += f", column {column}"
        super().__init__(f"{place}: {message}" if place else message)
        self.line = line
        self.column = column
