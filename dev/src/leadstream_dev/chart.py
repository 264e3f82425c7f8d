"""What the Helm chart has from elsewhere in the repository, since Helm reads nothing outside a chart.

`python -m leadstream_dev.chart --write` copies the Prometheus rules and the dashboards, and writes the settings of the
services into the chart's schema; `--check` says what differs.
"""

import json
import sys
import types
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

import annotated_types
import click
from pydantic import SecretStr
from pydantic.fields import FieldInfo

from console.settings import Settings as Console
from delivery.settings import Settings as Delivery
from discovery.settings import Settings as Discovery
from enrichment.settings import Settings as Enrichment
from leadstream.api.tokens import AdminToken
from leadstream.crypto import Keyring
from leadstream.settings import ProcessSettings, ServiceSettings
from leadstream.settings.document import variable_names
from platform_upload.settings import Settings as PlatformUpload
from scheduler.settings import Settings as Scheduler

ROOT = Path(__file__).parents[3]
CHART = Path("deploy/helm/leadstream")
SCHEMA = CHART / "values.schema.json"
# What the chart carries, and where it is copied from.
COPIES = {
    CHART / "files/rules": (Path("deploy/prometheus/rules"), "*.yml"),
    CHART / "files/dashboards": (Path("deploy/grafana/dashboards"), "*.json"),
}
SETTINGS: Mapping[str, type[ProcessSettings]] = {
    "all": ServiceSettings,
    "discovery": Discovery,
    "enrichment": Enrichment,
    "delivery": Delivery,
    "platform-upload": PlatformUpload,
    "scheduler": Scheduler,
    "console": Console,
}
# The chart sets these itself, from values of its own.
OWN_PREFIXES = ("KAFKA_", "HTTP_", "CONSOLE_")
# No secrets, and as well kept with the key that is of no use without them.
WITH_THEIR_KEYS = frozenset({"CLAY_API_URL", "DATASHOPPER_API_URL"})
BOUNDS = {"ge": "minimum", "gt": "exclusiveMinimum", "le": "maximum", "lt": "exclusiveMaximum"}


def wanted(root: Path = ROOT) -> dict[Path, str]:
    """Each file of the chart that is made, and its text."""
    copies = {
        target / source.name: source.read_text()
        for target, (folder, pattern) in COPIES.items()
        for source in sorted((root / folder).glob(pattern))
    }
    return {**copies, SCHEMA: _schema(root)}


def stale(root: Path = ROOT) -> list[Path]:
    """Files that differ from what they should be, and copies whose source is gone."""
    texts = wanted(root)
    differing = [path for path, text in texts.items() if _text(root / path) != text]
    return sorted([*differing, *_left_over(root, texts)])


def write(root: Path = ROOT) -> None:
    texts = wanted(root)
    for path in _left_over(root, texts):
        (root / path).unlink()
    for path, text in texts.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)


def _text(path: Path) -> str | None:
    return path.read_text() if path.exists() else None


def _left_over(root: Path, texts: Mapping[Path, str]) -> Iterator[Path]:
    for target in COPIES:
        for found in sorted((root / target).glob("[!.]*")):
            if (path := found.relative_to(root)) not in texts:
                yield path


def _schema(root: Path) -> str:
    schema = json.loads((root / SCHEMA).read_text())
    for name, settings in SETTINGS.items():
        schema["definitions"][f"settings-{name}"] = {
            "type": "object",
            "additionalProperties": False,
            "properties": _properties(settings),
        }
    schema["definitions"]["secrets"] = {
        "type": "object",
        "additionalProperties": False,
        "properties": {name: {"type": "string", "minLength": 1} for name in _secret_names()},
    }
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _properties(settings: type[ProcessSettings]) -> dict[str, Any]:
    """The variables that may be set in values: none that is secret, none that the chart sets itself."""
    names = variable_names(settings)
    return {
        names[field][0]: _property(info)
        for field, info in settings.model_fields.items()
        if not is_secret(info) and not names[field][0].startswith(OWN_PREFIXES)
    }


def _secret_names() -> list[str]:
    """Whatever a service reads from a Secret, and Kafka's credentials."""
    names = {"DATABASE_URL", "KAFKA_SASL_USERNAME", "KAFKA_SASL_PASSWORD", *WITH_THEIR_KEYS}
    for settings in SETTINGS.values():
        for field, variables in variable_names(settings).items():
            info = settings.model_fields[field]
            if is_secret(info) or (info.is_required() and not variables[0].startswith("KAFKA_")):
                names.update(variables)
    return sorted(names)


def is_secret(info: FieldInfo) -> bool:
    kind = str(info.annotation)
    return any(secret.__name__ in kind for secret in (SecretStr, Keyring, AdminToken))


def _property(info: FieldInfo) -> dict[str, Any]:
    return {
        "description": info.description,
        **_kind(_without_none(info.annotation)),
        **_bounds(info),
    }


def _without_none(annotation: Any) -> Any:
    if get_origin(annotation) in {Union, types.UnionType}:
        return next(part for part in get_args(annotation) if part is not type(None))
    return annotation


def _kind(annotation: Any) -> dict[str, Any]:
    if get_origin(annotation) is Literal:
        return {"enum": list(get_args(annotation))}
    if annotation is bool:
        return {"type": "boolean"}
    if annotation is timedelta:
        return {"type": "number", "minimum": 0}
    if annotation is int:
        return {"type": "integer"}
    return {"type": "number"} if annotation is float else {"type": "string"}


def _bounds(info: FieldInfo) -> dict[str, Any]:
    bounds: dict[str, Any] = {}
    for constraint in info.metadata:
        for name, keyword in BOUNDS.items():
            limit = getattr(constraint, name, None)
            if isinstance(constraint, annotated_types.BaseMetadata) and limit is not None:
                seconds = limit.total_seconds() if isinstance(limit, timedelta) else limit
                bounds[keyword] = seconds
        if pattern := getattr(constraint, "pattern", None):
            # Python's \d would do, but not in every other dialect.
            bounds["pattern"] = str(pattern).replace(r"\d", "[0-9]")
    return bounds


@click.command()
@click.option("--write", "action", flag_value="write", help="Bring the chart up to date.")
@click.option("--check", "action", flag_value="check", default=True, help="Say what differs.")
def main(action: str) -> None:
    """Copy into the Helm chart what it has from elsewhere."""
    if action == "write":
        write()
    elif differing := stale():
        for path in differing:
            click.echo(f"differs: {path}", err=True)
        sys.exit("Out of date: run `make chart-files`.")


if __name__ == "__main__":
    main()
