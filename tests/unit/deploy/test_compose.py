"""docker-compose.yml and the Dockerfile, by what they say. `make compose-test` tries them on an engine."""

import re
import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from console.settings import Settings as Console
from delivery.settings import Settings as Delivery
from discovery.settings import Settings as Discovery
from enrichment.settings import Settings as Enrichment
from leadstream.settings import CONSOLE_PORT, SERVICE_PORTS, ServiceSettings, variables
from platform_upload.settings import Settings as PlatformUpload
from scheduler.settings import Settings as Scheduler

ROOT = Path(__file__).parents[3]
SETTINGS: dict[str, type[ServiceSettings]] = {
    "discovery": Discovery,
    "enrichment": Enrichment,
    "delivery": Delivery,
    "platform-upload": PlatformUpload,
    "scheduler": Scheduler,
}
TEXT = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
CONTAINERS: dict[str, dict[str, Any]] = COMPOSE["services"]
ONCE = {
    *("topics", "database"),
    *(f"{name}-migrate" for name in SETTINGS),
}
# Not an operator's to choose here.
FIXED = {
    # Compose's own broker, without TLS or passwords, in a network of its own.
    *("KAFKA_SECURITY_PROTOCOL", "KAFKA_SASL_MECHANISM", "KAFKA_SASL_USERNAME"),
    *("KAFKA_SASL_PASSWORD", "KAFKA_SSL_CAFILE", "KAFKA_SSL_CERTFILE", "KAFKA_SSL_KEYFILE"),
    # There is one of each.
    "KAFKA_INSTANCE_ID",
    # Each service has a role of its own, and the port that its probe asks.
    *("DATABASE_URL", "HTTP_PORT"),
    # The image says 0.0.0.0.
    "HTTP_HOST",
}
# Read by every service's settings, used by these only.
USED_BY = {
    **{name: {"delivery", "platform-upload"} for name in ("EGRESS_ALLOW", "TRUSTED_HOSTS")},
    "ENCRYPTION_KEYS": {"discovery", "enrichment", "delivery", "platform-upload"},
}


def read_by(service: str) -> set[str]:
    return {name for variable in variables(SETTINGS[service]) for name in variable.names}


def test_every_image_has_a_fixed_tag() -> None:
    for name, container in CONTAINERS.items():
        image, _, tag = re.sub(r"\$\{\w+:-(.*?)\}", r"\1", container["image"]).partition(":")

        assert re.search(r"\d", tag), f"{name}: {image}:{tag}"


def test_the_images_and_the_packages_have_one_version() -> None:
    shared = tomllib.loads((ROOT / "shared/pyproject.toml").read_text(encoding="utf-8"))

    tags = set(re.findall(r"image: leadstream/\S+:\$\{LEADSTREAM_VERSION:-(.*)\}", TEXT))

    assert tags == {shared["project"]["version"]}


def test_kafka_is_the_one_that_is_tested_with() -> None:
    pom = (ROOT / "dev/kafka/pom.xml").read_text(encoding="utf-8")

    version = re.search(r"<kafka.version>(.*)</kafka.version>", pom)

    assert version
    assert CONTAINERS["kafka"]["image"] == f"apache/kafka:{version[1]}"


@pytest.mark.parametrize("name", CONTAINERS)
def test_a_container_is_confined(name: str) -> None:
    container = CONTAINERS[name]

    assert container["read_only"] is True
    assert container["cap_drop"] == ["ALL"]
    assert not container.get("cap_add")
    assert not container.get("privileged")
    assert container["security_opt"] == ["no-new-privileges:true"]
    assert container["user"].split(":")[0] not in {"0", "root"}
    assert re.fullmatch(r"\d+[mg]", container["mem_limit"])
    assert container["pids_limit"] <= 512
    for port in container.get("ports", []):
        assert port.startswith("127.0.0.1:"), "only this machine"


@pytest.mark.parametrize("name", sorted(set(CONTAINERS) - ONCE))
def test_what_stays_up_is_restarted(name: str) -> None:
    assert CONTAINERS[name]["restart"] == "unless-stopped"


def test_one_shots_end_and_somebody_waits_for_each() -> None:
    waited_for = {
        name
        for container in CONTAINERS.values()
        for name, dependency in container.get("depends_on", {}).items()
        if dependency["condition"] == "service_completed_successfully"
    }

    # `up --wait` takes the end of a container that nobody waits for as a failure.
    assert waited_for == ONCE
    assert all(CONTAINERS[name]["restart"] != "unless-stopped" for name in ONCE)


@pytest.mark.parametrize("name", CONTAINERS)
def test_nothing_brings_up_what_its_profile_does_not(name: str) -> None:
    # `docker compose run cli` starts what `cli` depends on, optional or not: never the demo's workspaces.
    profiles = set(CONTAINERS[name].get("profiles", []))

    for needed in CONTAINERS[name].get("depends_on", {}):
        theirs = set(CONTAINERS[needed].get("profiles", []))
        assert not theirs or (profiles and profiles <= theirs), f"{name} needs {needed}"


def test_topics_and_migrations_come_before_the_services() -> None:
    done = {"condition": "service_completed_successfully"}
    healthy = {"condition": "service_healthy"}

    assert CONTAINERS["topics"]["depends_on"] == {"kafka": healthy}
    assert CONTAINERS["database"]["depends_on"] == {"postgres": healthy}
    for service in SETTINGS:
        assert CONTAINERS[f"{service}-migrate"]["depends_on"] == {"database": done}
        assert CONTAINERS[service]["depends_on"] == {"topics": done, f"{service}-migrate": done}


@pytest.mark.parametrize("service", SETTINGS)
def test_a_service_is_asked_where_it_answers_and_has_time_to_drain(service: str) -> None:
    container, port = CONTAINERS[service], SERVICE_PORTS[service]
    drain = SETTINGS[service].model_fields["drain_timeout"].default

    assert container["healthcheck"]["test"] == ["CMD", "probe", f"http://127.0.0.1:{port}/readyz"]
    assert container["ports"] == [f"127.0.0.1:{port}:{port}"]
    assert timedelta(seconds=int(container["stop_grace_period"].removesuffix("s"))) > 2 * drain


@pytest.mark.parametrize("service", SETTINGS)
def test_a_service_gets_the_settings_it_reads_and_no_other(service: str) -> None:
    given = set(CONTAINERS[service]["environment"])
    unused = {name for name, users in USED_BY.items() if service not in users}

    assert given - {"KAFKA_INSTANCE_ID"} == read_by(service) - FIXED - unused
    assert CONTAINERS[f"{service}-migrate"]["environment"] == CONTAINERS[service]["environment"]


def test_the_console_gets_what_it_reads_and_waits_for_nobody() -> None:
    container = CONTAINERS["console"]
    names = {name for variable in variables(Console) for name in variable.names}

    assert set(container["environment"]) == names - FIXED
    assert container["environment"] == {
        **container["environment"],
        **{
            f"{service.upper().replace('-', '_')}_URL": f"http://{service}:{port}"
            for service, port in SERVICE_PORTS.items()
        },
    }
    assert not {"depends_on", "profiles", "volumes"} & container.keys()
    port = CONSOLE_PORT
    assert container["healthcheck"]["test"] == ["CMD", "probe", f"http://127.0.0.1:{port}/readyz"]
    assert container["ports"] == [f"127.0.0.1:{port}:{port}"]


def test_links_in_messages_lead_to_the_console() -> None:
    given = {
        name: container["environment"]["CONSOLE_PUBLIC_URL"]
        for name, container in CONTAINERS.items()
        if "CONSOLE_PUBLIC_URL" in container.get("environment", {})
    }

    assert given == dict.fromkeys(
        ("delivery", "delivery-migrate", "console"),
        f"${{CONSOLE_PUBLIC_URL:-http://127.0.0.1:{CONSOLE_PORT}}}",
    )


def test_what_consumes_keeps_its_name_in_its_group() -> None:
    names = {
        service: CONTAINERS[service]["environment"].get("KAFKA_INSTANCE_ID") for service in SETTINGS
    }

    assert names == {service: service for service in SETTINGS} | {"scheduler": None}


def test_each_service_has_a_role_of_its_own() -> None:
    urls = [
        f"{service.upper().replace('-', '_')}_DATABASE_URL"
        for service in SETTINGS
        if f"//{service.replace('-', '_')}:"
        in CONTAINERS[service]["environment"][f"{service.upper().replace('-', '_')}_DATABASE_URL"]
    ]

    assert set(urls) == set(CONTAINERS["database"]["environment"]) - {"ADMIN_DATABASE_URL"}


def test_live_yml_leaves_nothing_that_is_for_development() -> None:
    live = yaml.safe_load((ROOT / "deploy/compose/live.yml").read_text(encoding="utf-8"))
    internal = {"KAFKA_BOOTSTRAP_SERVERS", "DATA_SOURCE_URI", "DATA_SOURCE_USER"}

    left = {
        (name, variable)
        for name, container in CONTAINERS.items()
        if "sandbox" not in container.get("profiles", []) or name == "cli"
        for variable, value in container.get("environment", {}).items()
        if re.search(
            r":-.*(sandbox|development|127\.0\.0\.1|NETWORK_PREFIX)|_(RATE|BURST|PER_SECOND):-",
            str(value),
        )
        and variable not in live["services"].get(name, {}).get("environment", {})
        and variable not in internal
    }

    # Its own default is made of POSTGRES_PASSWORD, which is asked for.
    assert left == {("database", "ADMIN_DATABASE_URL")}
    for container in live["services"].values():
        for value in container["environment"].values():
            assert re.fullmatch(r"\$\{\w+:(-|\?.+)\}", value), "a default in live.yml"


def test_the_sandbox_is_the_only_private_address_that_is_reached() -> None:
    address = COMPOSE["services"]["sandbox"]["networks"]["default"]["ipv4_address"]
    allowed = COMPOSE["services"]["delivery"]["environment"]["EGRESS_ALLOW"]

    assert allowed == f"${{EGRESS_ALLOW:-{address}/32}}"


def test_the_image_needs_no_frontend_and_is_not_root() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    bases = re.findall(r"^FROM (\S+)", dockerfile, re.MULTILINE)

    assert not re.search(r"^#\s*syntax", dockerfile, re.MULTILINE)
    assert set(bases) == {"python:3.13-slim", "dependencies"}
    assert re.findall(r"^USER (.*)", dockerfile, re.MULTILINE) == ["10001:10001"]
    assert CONTAINERS["discovery"]["user"] == "10001:10001"
    # The lock alone comes before the packages it names: a change of our code builds no layer of theirs.
    assert dockerfile.index("requirements.lock") < dockerfile.index("COPY shared")
    assert dockerfile.count("--require-hashes") == 2
    for service in (*SETTINGS, "console", "sandbox"):
        assert CONTAINERS[service]["build"] == {"context": ".", "args": {"SERVICE": service}}
        assert service in dockerfile
