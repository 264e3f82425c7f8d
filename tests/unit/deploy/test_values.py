"""Values that make no sense are refused, with words that help."""

import json
from collections.abc import Callable

import jsonschema
import pytest
import yaml

from leadstream.settings import variables
from leadstream_dev.chart import SETTINGS
from support.helm import CHART, SERVICES, ChartRefusedError, Helm, Values, merge
from unit.deploy.cases import INLINE, SECRETS


def of(service: str, **values: object) -> Values:
    return {"services": {service: values}}


def of_each(secret: str) -> Values:
    return {"services": {service: {"existingSecret": secret} for service in SERVICES}}


REFUSED: dict[str, tuple[Values, list[str]]] = {
    "a misspelt key": ({"replicaCount": 2}, ["replicaCount", "not allowed"]),
    "a misspelt service": (of("discovry", replicas=1), ["/services", "discovry"]),
    "a number as text": (
        of("discovery", replicas="two"),
        ["/services/discovery/replicas", "integer"],
    ),
    "no replicas": (of("discovery", replicas=0), ["/services/discovery/replicas", "minimum"]),
    "a setting of another service": (
        of("discovery", settings={"CLAY_BURST": 1}),
        ["/services/discovery/settings", "CLAY_BURST"],
    ),
    "a setting that there is not": ({"settings": {"LOGLEVEL": "INFO"}}, ["/settings", "LOGLEVEL"]),
    "a secret among the settings": (
        of("enrichment", settings={"CLAY_API_KEY": "k"}),
        ["/services/enrichment/settings", "CLAY_API_KEY"],
    ),
    "a log level": ({"settings": {"LOG_LEVEL": "LOUD"}}, ["/settings/LOG_LEVEL", "DEBUG"]),
    "a time-out as text": (
        {"settings": {"DRAIN_TIMEOUT": "8s"}},
        ["/settings/DRAIN_TIMEOUT", "number"],
    ),
    "too much at once": (
        of("enrichment", settings={"ENRICHMENT_CONCURRENCY": 300}),
        ["/services/enrichment/settings/ENRICHMENT_CONCURRENCY", "maximum"],
    ),
    "a rate of nothing": (
        of("delivery", settings={"RESEND_RATE": 0}),
        ["/services/delivery/settings/RESEND_RATE", "exclusiveMinimum"],
    ),
    "a broker without a port": (
        {"kafka": {"bootstrapServers": "kafka"}},
        ["/kafka/bootstrapServers"],
    ),
    "a protocol": ({"kafka": {"securityProtocol": "TLS"}}, ["/kafka/securityProtocol", "SASL_SSL"]),
    "the tag latest": ({"image": {"tag": "latest"}}, ["/image/tag"]),
    "root": ({"runAsUser": 0}, ["/runAsUser", "minimum"]),
    "no memory limit": (
        of("delivery", resources={"limits": {"memory": None}}),
        ["/services/delivery/resources/limits", "memory"],
    ),
    "everybody as Kafka": (
        {"networkPolicy": {"kafka": {"to": []}}},
        ["/networkPolicy/kafka/to", "minItems"],
    ),
    "an empty peer": ({"networkPolicy": {"adminFrom": [{}]}}, ["/networkPolicy/adminFrom/0"]),
    "an interval": (
        {"monitoring": {"serviceMonitor": {"interval": "15"}}},
        ["/monitoring/serviceMonitor/interval"],
    ),
    "no services": (
        {"services": {s: {"enabled": False} for s in SERVICES}},
        ["all services are off"],
    ),
    "no secret": ({"existingSecret": ""}, ["discovery has no Secret: set existingSecret"]),
    "two secrets": ({"secrets": SECRETS}, ["existingSecret and secrets exclude each other"]),
    "a secret without a key": (
        {**INLINE, "secrets": {n: v for n, v in SECRETS.items() if n != "CLAY_API_KEY"}},
        [
            "secrets.CLAY_API_KEY is missing: enrichment needs it, or PEOPLE_DATA_LABS_API_KEY or"
            " CLAY_PUBLIC_V0_API_KEY"
        ],
    ),
    "a key without its URL": (
        {**INLINE, "secrets": {n: v for n, v in SECRETS.items() if n != "CLAY_API_URL"}},
        ["secrets.CLAY_API_URL is missing: enrichment needs it"],
    ),
    "a secret without a URL": (
        merge(INLINE, {"database": {"perService": True}}),
        ["secrets.DISCOVERY_DATABASE_URL is missing: discovery needs it"],
    ),
    "fewer at most than at least": (
        of("delivery", autoscaling={"minReplicas": 9}),
        ["services.delivery.autoscaling.minReplicas is 9 and maxReplicas only 6"],
    ),
    "a console in the clear": (
        {"console": {"publicUrl": "http://leads.example", "ingress": {"enabled": True}}},
        ["console.ingress.enabled needs console.publicUrl to begin with https://"],
    ),
    "a console without keys": (
        {"console": {"existingSecret": ""}, **of_each("own"), "existingSecret": ""},
        ["console has no Secret: set existingSecret, console.existingSecret or secrets"],
    ),
    "a console on a path": (
        {"console": {"publicUrl": "https://example.com/leads"}},
        ["/console/publicUrl"],
    ),
    "Kafka for the console": (
        {"console": {"settings": {"KAFKA_BOOTSTRAP_SERVERS": "kafka:9092"}}},
        ["/console/settings", "KAFKA_BOOTSTRAP_SERVERS"],
    ),
    "roles for one user": (
        {"dbInit": {"enabled": True, "existingSecret": "x"}, "database": {"perService": False}},
        ["dbInit.enabled needs database.perService"],
    ),
    "roles made by nobody": ({"dbInit": {"enabled": True}}, ["dbInit.existingSecret is empty"]),
    "a certificate from nowhere": (
        {"kafka": {"securityProtocol": "SSL", "tls": {"certKey": "a", "keyKey": "b"}}},
        ["keys of kafka.tls.existingSecret, which is empty"],
    ),
    "half a certificate": (
        {"kafka": {"securityProtocol": "SSL", "tls": {"existingSecret": "t", "certKey": "a"}}},
        ["kafka.tls.certKey and kafka.tls.keyKey go together"],
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_makes_no_sense_is_refused_and_named(helm: Helm, case: str) -> None:
    values, words = REFUSED[case]

    with pytest.raises(ChartRefusedError) as refused:
        helm.render(values)

    assert [word for word in words if word not in str(refused.value)] == [], str(refused.value)


def test_inline_secrets_are_enough_to_try_it_out(helm: Helm) -> None:
    rendered = helm.render(INLINE)
    secret = rendered.all("Secret")["acme-leadstream"]

    assert secret["stringData"] == SECRETS
    # The hooks run before it is there.
    assert rendered.all("Secret")["acme-leadstream-hooks"]["stringData"] == SECRETS
    for pod, source in {
        "delivery": "acme-leadstream",
        "delivery-migrate": "acme-leadstream-hooks",
    }.items():
        reference = rendered.env(pod)["DATABASE_URL"]["valueFrom"]["secretKeyRef"]
        assert reference["name"] == source


def test_pods_roll_when_an_inline_secret_changes(helm: Helm) -> None:
    changed = helm.render(merge(INLINE, {"secrets": {"CLAY_API_KEY": "other"}}))
    sums = [
        r.pods()["enrichment"]["metadata"]["annotations"]["checksum/secrets"]
        for r in (changed, helm.render(INLINE))
    ]

    assert sums[0] != sums[1]


def test_a_required_setting_is_read_from_the_secret_unless_it_is_a_value(helm: Helm) -> None:
    given = of("discovery", settings={"DATASHOPPER_API_URL": "https://api.datashopper.example"})

    from_secret = helm.render().env("discovery")["DATASHOPPER_API_URL"]
    from_values = helm.render(given).env("discovery")["DATASHOPPER_API_URL"]

    assert from_secret["valueFrom"]["secretKeyRef"]["key"] == "DATASHOPPER_API_URL"
    assert from_values["value"] == "https://api.datashopper.example"


def test_a_service_can_have_a_secret_of_its_own(helm: Helm) -> None:
    rendered = helm.render(of("delivery", existingSecret="delivery-only"))

    sources = {
        service: rendered.env(service)[f"{service.upper().replace('-', '_')}_DATABASE_URL"]
        for service in SERVICES
    }

    assert {
        service: each["valueFrom"]["secretKeyRef"]["name"] for service, each in sources.items()
    } == dict.fromkeys(SERVICES, "leadstream") | {"delivery": "delivery-only"}


@pytest.mark.parametrize("service", SERVICES)
def test_every_setting_can_be_set(helm: Helm, service: str) -> None:
    """Those with a default, to that default; what is required comes from the Secret."""
    schema = json.loads((CHART / "values.schema.json").read_text())
    known = schema["definitions"][f"settings-{service}"]["properties"]
    read: dict[str | None, Callable[[str], object]] = {
        "number": float,
        "integer": float,
        "boolean": lambda text: text == "true",
    }
    settings = {
        name: read.get(known[name].get("type"), str)(variable.default)
        for variable in variables(SETTINGS[service])
        if (name := variable.names[0]) in known and variable.default not in {"", "required"}
    }

    env = helm.render(of(service, settings=settings)).env(service)

    assert len(settings) > 10
    assert {name: env[name]["value"] for name in settings} == {
        name: _as_text(value) for name, value in settings.items()
    }


def _as_text(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case float():
            return f"{value:.15g}"
        case _:
            return str(value)


def test_the_schema_is_one_that_every_helm_reads() -> None:
    """Helm before 3.18 reads no later draft than 7."""
    schema = json.loads((CHART / "values.schema.json").read_text())

    assert schema["$schema"] == "http://json-schema.org/draft-07/schema#"
    jsonschema.Draft7Validator.check_schema(schema)


def test_the_schema_knows_every_value_and_no_other() -> None:
    """Else a value could be set to anything, or never."""
    schema = json.loads((CHART / "values.schema.json").read_text())
    values = yaml.safe_load((CHART / "values.yaml").read_text())

    assert {*schema["properties"]} == {*values, "global"}
    for service in SERVICES:
        known = schema["properties"]["services"]["properties"][service]["properties"]
        assert known.keys() == values["services"][service].keys()
    assert schema["properties"]["console"]["properties"].keys() == values["console"].keys()
