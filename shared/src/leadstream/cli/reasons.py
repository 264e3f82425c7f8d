"""`--reason`: every command that changes something takes one, and every call of it carries it."""

from collections.abc import Callable
from typing import Any, Final, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])
_KEY: Final = "leadstream.reason"


def _remember(context: click.Context, _: click.Parameter, reason: str | None) -> str | None:
    context.meta[_KEY] = reason
    return reason


def reason_option(command: Command) -> Command:
    """Remembered for the clients: the command need not know of it."""
    given = click.option(
        "--reason", expose_value=False, callback=_remember, help="Why, for the audit."
    )
    return given(command)


def given_reason() -> str | None:
    """The reason that the running command was given."""
    context = click.get_current_context(silent=True)
    return context.meta.get(_KEY) if context else None
