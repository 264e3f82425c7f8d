"""Start with a complete, valid configuration, or say in one line what is missing."""

import sys
from collections.abc import Sequence
from typing import Any, NoReturn, TypeVar

from pydantic import SecretStr, ValidationError
from pydantic_settings import SettingsError

from leadstream.crypto import Keyring
from leadstream.observability.redact import Redactor, is_secret_name
from leadstream.settings.base import ServiceSettings
from leadstream.settings.document import variable_names

EXIT_CODE = 2
_SHOWN = 60

S = TypeVar("S", bound=ServiceSettings)


def load(settings: type[S], *, env_file: str | None = ".env") -> S:
    """Read the settings from the environment, or write one line to stderr and exit 2."""
    try:
        return settings(_env_file=env_file)
    except ValidationError as exc:
        _refuse(settings, problems(settings, exc))
    except SettingsError as exc:
        _refuse(settings, [str(exc)])


def problems(settings: type[ServiceSettings], error: ValidationError) -> list[str]:
    """What is wrong, one entry a variable, without the value of anything secret."""
    return [_problem(settings, details) for details in error.errors(include_url=False)]


def _problem(settings: type[ServiceSettings], details: Any) -> str:
    if not details["loc"]:
        return _said(details)
    name = str(details["loc"][0]).upper()
    if details["type"] == "missing" and len(details["loc"]) == 1:
        return f"{_alternatives(settings, name)} is missing"
    place = "".join(f"[{part}]" for part in details["loc"][1:])
    text = f"{name}{place} {_said(details)}"
    return text if _is_secret(settings, name) else f"{text} (it is {_shown(details['input'])})"


def _said(details: Any) -> str:
    message: str = details["msg"]
    return (
        message.removeprefix("Value error, ").replace("Input should", "should").replace("\n", " ")
    )


def _shown(value: object) -> str:
    text = Redactor().text(str(value))
    return repr(text if len(text) <= _SHOWN else text[:_SHOWN] + "…")


def _alternatives(settings: type[ServiceSettings], name: str) -> str:
    for variables in variable_names(settings).values():
        if name in variables:
            return " or ".join(variables)
    return name


def _is_secret(settings: type[ServiceSettings], name: str) -> bool:
    for field, variables in variable_names(settings).items():
        if name in variables:
            kind = str(settings.model_fields[field].annotation)
            return is_secret_name(name) or any(mark in kind for mark in _SECRET_TYPES)
    return True


_SECRET_TYPES = (SecretStr.__name__, Keyring.__name__, "AdminToken")


def _refuse(settings: type[ServiceSettings], found: Sequence[str]) -> NoReturn:
    sys.stderr.write(f"{settings.service or settings.__name__}: cannot start: {'; '.join(found)}\n")
    raise SystemExit(EXIT_CODE)
