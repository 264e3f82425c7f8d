"""Start with a complete, valid configuration, or say in one line what is missing."""

import os
import re
import sys
from collections.abc import Sequence, Set
from typing import Any, NoReturn, TypeVar

from dotenv import dotenv_values
from pydantic import SecretStr, ValidationError
from pydantic_settings import SettingsError

from leadstream.observability.redact import Redactor, is_secret_name
from leadstream.settings.base import ProcessSettings
from leadstream.settings.document import variable_names

EXIT_CODE = 2
_SHOWN = 60
# As pydantic shows the bound of a number of seconds.
_DURATION = re.compile(r"datetime\.timedelta\((?:seconds=)?([0-9.]+)\)")

S = TypeVar("S", bound=ProcessSettings)


def load(settings: type[S], *, env_file: str | None = ".env") -> S:
    """Read the settings from the environment, or write one line to stderr and exit 2."""
    try:
        return settings(_env_file=env_file)
    except ValidationError as exc:
        _refuse(settings, problems(settings, exc, _given(env_file)))
    except SettingsError as exc:
        _refuse(settings, [str(exc)])


def problems(settings: type[ProcessSettings], error: ValidationError, given: Set[str]) -> list[str]:
    """What is wrong, one entry a variable, without the value of anything secret."""
    return [_problem(settings, details, given) for details in error.errors(include_url=False)]


def _given(env_file: str | None) -> Set[str]:
    """The variables that have a value."""
    variables = {**(dotenv_values(env_file) if env_file else {}), **os.environ}
    return {name.upper() for name, value in variables.items() if value}


def _problem(settings: type[ProcessSettings], details: Any, given: Set[str]) -> str:
    if not details["loc"]:
        return _said(details)
    # pydantic tells the first of several names; the reader knows the one that he set.
    names = _names(settings, str(details["loc"][0]).upper())
    name = next((each for each in names if each in given), names[0])
    if details["type"] == "missing" and len(details["loc"]) == 1:
        return f"{' or '.join(names)} is missing"
    place = "".join(f"[{part}]" for part in details["loc"][1:])
    text = f"{name}{place} {_said(details)}"
    return text if _is_secret(settings, name) else f"{text} (it is {_shown(details['input'])})"


def _said(details: Any) -> str:
    message: str = details["msg"]
    message = _DURATION.sub(r"\1 seconds", message)
    return (
        message.removeprefix("Value error, ").replace("Input should", "should").replace("\n", " ")
    )


def _shown(value: object) -> str:
    text = Redactor().text(str(value))
    return repr(text if len(text) <= _SHOWN else text[:_SHOWN] + "…")


def _names(settings: type[ProcessSettings], name: str) -> tuple[str, ...]:
    known = variable_names(settings).values()
    return next((variables for variables in known if name in variables), (name,))


def _is_secret(settings: type[ProcessSettings], name: str) -> bool:
    for field, variables in variable_names(settings).items():
        if name in variables:
            kind = str(settings.model_fields[field].annotation)
            return is_secret_name(name) or any(mark in kind for mark in _SECRET_TYPES)
    return True


_SECRET_TYPES = (SecretStr.__name__, "Keyring", "AdminToken")


def _refuse(settings: type[ProcessSettings], found: Sequence[str]) -> NoReturn:
    sys.stderr.write(f"{settings.service or settings.__name__}: cannot start: {'; '.join(found)}\n")
    raise SystemExit(EXIT_CODE)
