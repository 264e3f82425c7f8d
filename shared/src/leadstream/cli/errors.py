import click


class CliError(click.ClickException):
    """What went wrong, and what to do next."""

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(f"{message}\n  {hint}" if hint else message)
