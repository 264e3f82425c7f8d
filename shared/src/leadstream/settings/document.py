"""The settings as documentation: what a README's table and `.env.example` are compared with."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from pydantic import AliasChoices
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings

REQUIRED = "required"


@dataclass(frozen=True, slots=True)
class Variable:
    """One row: the variable's names (either will do), its default as it would be written, its meaning."""

    names: tuple[str, ...]
    default: str
    meaning: str

    def as_row(self) -> str:
        names = " or ".join(f"`{name}`" for name in self.names)
        default = self.default if self.default in {REQUIRED, ""} else f"`{self.default}`"
        return f"| {names} | {default} | {self.meaning.replace('|', chr(92) + '|')} |"


def variables(settings: type[BaseSettings]) -> list[Variable]:
    """Every variable the class reads, in the order it declares them."""
    names = variable_names(settings)
    return [
        Variable(names[field], _default(info), info.description or "")
        for field, info in settings.model_fields.items()
    ]


def settings_table(settings: type[BaseSettings]) -> str:
    """The table for a README."""
    rows = [variable.as_row() for variable in variables(settings)]
    return "\n".join(["| variable | default | meaning |", "|---|---|---|", *rows, ""])


def variable_names(settings: type[BaseSettings]) -> dict[str, tuple[str, ...]]:
    """Field names, and the variables each is read from."""
    prefix = settings.model_config.get("env_prefix") or ""
    return {
        field: tuple(_aliases(info)) or (f"{prefix}{field}".upper(),)
        for field, info in settings.model_fields.items()
    }


def _aliases(info: FieldInfo) -> Sequence[str]:
    match info.validation_alias:
        case AliasChoices(choices=choices):
            return [str(choice) for choice in choices]
        case str(alias):
            return [alias]
        case _:
            return []


def _default(info: FieldInfo) -> str:
    if info.is_required():
        return REQUIRED
    match info.get_default(call_default_factory=True, validated_data={}):
        case None:
            return ""
        case timedelta() as duration:
            return f"{duration.total_seconds():.15g}"
        case tuple() as items:
            return ",".join(str(item) for item in items)
        case bool() as flag:
            return str(flag).lower()
        case value:
            return str(value)
