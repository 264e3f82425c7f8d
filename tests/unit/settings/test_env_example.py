"""`.env.example` and the READMEs say what the code reads, no more and no less."""

import re
from pathlib import Path

import pytest

from console.settings import Settings as Console
from delivery.settings import Settings as Delivery
from discovery.settings import Settings as Discovery
from enrichment.settings import Settings as Enrichment
from leadstream.settings import (
    CONSOLE_PORT,
    SERVICE_PORTS,
    ProcessSettings,
    ServiceSettings,
    settings_table,
    variables,
)
from platform_upload.settings import Settings as PlatformUpload
from scheduler.settings import Settings as Scheduler

ROOT = Path(__file__).parents[3]
LINE = re.compile(r"^(?P<off>#?)(?P<name>[A-Z][A-Z0-9_]*)=(?P<value>.*)$", re.MULTILINE)
SERVICES: dict[str, type[ServiceSettings]] = {
    "discovery": Discovery,
    "enrichment": Enrichment,
    "delivery": Delivery,
    "platform-upload": PlatformUpload,
    "scheduler": Scheduler,
}
PROCESSES: dict[str, type[ProcessSettings]] = {**SERVICES, "console": Console}
# Read by the command line and the local stack only.
COMMAND_LINE = {
    **{
        f"{name.upper().replace('-', '_')}_URL": f"http://127.0.0.1:{port}"
        for name, port in SERVICE_PORTS.items()
    },
    "CONSOLE_URL": f"http://127.0.0.1:{CONSOLE_PORT}",
    "LEADSTREAM_TOKEN": "",
    "TRACEPARENT": "",
    "ADMIN_DATABASE_URL": "",
    "LEADSTREAM_HOME": ".leadstream",
}
# Read by Compose only, from the files below.
COMPOSE_FILES = ("docker-compose.yml", "deploy/compose/live.yml")
COMPOSE = {"COMPOSE_FILE": ":".join(COMPOSE_FILES)}


def shown() -> dict[str, tuple[bool, str]]:
    """By name: whether the line sets it (rather than showing its default), and what to."""
    lines = list(LINE.finditer((ROOT / ".env.example").read_text(encoding="utf-8")))
    found = {line["name"]: (not line["off"], line["value"]) for line in lines}
    assert len(found) == len(lines), "a variable is there twice"
    return found


def read() -> dict[str, set[str]]:
    """By name: the defaults that the processes have for it."""
    defaults: dict[str, set[str]] = {}
    for settings in PROCESSES.values():
        for variable in variables(settings):
            for name in variable.names:
                defaults.setdefault(name, set()).add(variable.default)
    return defaults


def compose() -> dict[str, set[str]]:
    """By name, what Compose reads and the code does not: the defaults that the files have for it."""
    texts = [(ROOT / name).read_text(encoding="utf-8") for name in COMPOSE_FILES]
    found: dict[str, set[str]] = {}
    for name, default in re.findall(r"\$\{([A-Z][A-Z0-9_]*):?([^}]*)", "".join(texts)):
        if name not in {*read(), *COMMAND_LINE}:
            # `?` asks for a value, and stands in live.yml beside the default of the other file.
            found.setdefault(name, set()).update({default[1:]} if default[0] == "-" else set())
    return found


def test_every_variable_that_is_read_is_shown_and_no_other() -> None:
    assert set(shown()) == {*read(), *COMMAND_LINE, *COMPOSE, *compose()}


@pytest.mark.parametrize("name", sorted(read()))
def test_the_default_is_the_codes(name: str) -> None:
    is_set, value = shown()[name]
    defaults = read()[name]
    # One of several names for the same thing is enough: only the common one is to be filled in.
    required = "required" in defaults and (
        not name.endswith("_DATABASE_URL") or name == "DATABASE_URL"
    )

    assert is_set == required, f"{name} is {'required' if required else 'not required'}"
    assert value == (
        "" if required or len(defaults) > 1 else defaults.copy().pop().replace("required", "")
    )


@pytest.mark.parametrize("name", sorted(COMMAND_LINE))
def test_the_default_is_the_command_lines(name: str) -> None:
    assert shown()[name] == (False, COMMAND_LINE[name])


@pytest.mark.parametrize("name", sorted(compose()))
def test_the_default_is_the_compose_files(name: str) -> None:
    assert (shown()[name], compose()[name]) == ((False, shown()[name][1]), {shown()[name][1]})


@pytest.mark.parametrize("service", PROCESSES)
def test_the_readme_of_a_service_has_its_settings(service: str) -> None:
    readme = (ROOT / "services" / service / "README.md").read_text(encoding="utf-8")

    missing = [row for row in settings_table(PROCESSES[service]).splitlines() if row not in readme]

    assert missing == [], f"services/{service}/README.md lacks these rows of its settings table"
    told = set(re.findall(r"^\| `([A-Z][A-Z0-9_]*)`", readme, re.MULTILINE))
    assert told <= {name for variable in variables(PROCESSES[service]) for name in variable.names}
