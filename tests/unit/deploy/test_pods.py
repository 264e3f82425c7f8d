"""What runs: nothing with rights, everything with its settings, and time to end."""

from itertools import product

import pytest

from console.settings import Settings as Console
from delivery.settings import Settings as Delivery
from discovery.settings import Settings as Discovery
from enrichment.settings import Settings as Enrichment
from leadstream.settings import CONSOLE_PORT, SERVICE_PORTS, ProcessSettings, variables
from leadstream.settings.document import variable_names
from leadstream_dev.chart import is_secret
from platform_upload.settings import Settings as PlatformUpload
from scheduler.settings import Settings as Scheduler
from support.helm import PROCESSES, SERVICES, ChartRefusedError, Helm, Manifest, Rendered, Values
from unit.deploy.cases import EVERYTHING, FILES, PUBLIC, SECRETS

CASES: dict[str, Values] = {**FILES, "everything": EVERYTHING}
SETTINGS: dict[str, type[ProcessSettings]] = {
    "discovery": Discovery,
    "enrichment": Enrichment,
    "delivery": Delivery,
    "platform-upload": PlatformUpload,
    "scheduler": Scheduler,
    "console": Console,
}
PORTS = {**SERVICE_PORTS, "console": CONSOLE_PORT}
# What is configured by its own settings: workers, and the migrations of those that have a schema.
CONFIGURED = [*PROCESSES, *(f"{service}-migrate" for service in SERVICES)]
# Optional to the code; the chart gives them when there is SASL, and then they are needed.
SASL = {"KAFKA_SASL_USERNAME", "KAFKA_SASL_PASSWORD"}
COUNTED_WITH = {
    "DRAIN_TIMEOUT",
    "STARTUP_TIMEOUT",
    "PROVIDER_TIMEOUT",
    "DATASHOPPER_PER_SECOND",
    "RUN_QUERY_CONCURRENCY",
    "CLAY_RATE_PER_SECOND",
    "ENRICHMENT_CONCURRENCY",
    "KAFKA_SESSION_TIMEOUT",
}


def seconds(rendered: Rendered, service: str, variable: str) -> float:
    return float(rendered.env(service)[variable]["value"])


def container(pod: Manifest) -> Manifest:
    (only,) = pod["spec"]["containers"]
    assert "initContainers" not in pod["spec"]
    found: Manifest = only
    return found


@pytest.mark.parametrize("case", CASES)
def test_nothing_runs_as_root_or_can_become_it(helm: Helm, case: str) -> None:
    for name, pod in helm.render(CASES[case]).pods().items():
        inside, spec = container(pod)["securityContext"], pod["spec"]
        assert inside["readOnlyRootFilesystem"] is True, name
        assert inside["allowPrivilegeEscalation"] is False
        assert inside["capabilities"] == {"drop": ["ALL"]}
        assert inside["seccompProfile"] == {"type": "RuntimeDefault"}
        assert inside["runAsNonRoot"] is spec["securityContext"]["runAsNonRoot"] is True
        assert spec["securityContext"]["runAsUser"] > 0
        assert spec["automountServiceAccountToken"] is False
        assert spec["serviceAccountName"].startswith("acme-leadstream-")
        assert not {"hostNetwork", "hostPID", "hostIPC"} & spec.keys()
        assert all({"emptyDir", "secret"} & volume.keys() for volume in spec["volumes"])


@pytest.mark.parametrize("case", CASES)
def test_what_is_written_to_is_small_and_goes_with_the_pod(helm: Helm, case: str) -> None:
    for pod in helm.render(CASES[case]).pods().values():
        writable = [m for m in container(pod)["volumeMounts"] if not m.get("readOnly")]
        volumes = {volume["name"]: volume for volume in pod["spec"]["volumes"]}
        assert [mount["mountPath"] for mount in writable] == ["/tmp"]
        assert volumes[writable[0]["name"]]["emptyDir"]["sizeLimit"]


@pytest.mark.parametrize("case", CASES)
def test_every_container_says_what_it_needs_and_what_is_too_much(helm: Helm, case: str) -> None:
    for pod in helm.render(CASES[case]).pods().values():
        resources = container(pod)["resources"]
        assert {"cpu", "memory"} <= resources["requests"].keys()
        assert "memory" in resources["limits"]
        assert not container(pod)["image"].endswith(":latest")


@pytest.mark.parametrize("service", PROCESSES)
def test_probes_ask_what_they_are_for(helm: Helm, service: str) -> None:
    rendered = helm.render()
    own = container(rendered.pods()[service])

    assert own["startupProbe"]["httpGet"] == {"path": "/healthz", "port": "http"}
    assert own["livenessProbe"]["httpGet"] == {"path": "/healthz", "port": "http"}
    assert own["readinessProbe"]["httpGet"] == {"path": "/readyz", "port": "http"}
    assert own["ports"] == [{"name": "http", "containerPort": PORTS[service], "protocol": "TCP"}]
    assert rendered.env(service)["HTTP_PORT"]["value"] == str(PORTS[service])


@pytest.mark.parametrize("timeout", [1, 120, 333.5])
def test_a_process_gives_up_by_itself_before_the_start_up_probe_does(
    helm: Helm, timeout: float
) -> None:
    """It waits STARTUP_TIMEOUT for each of Postgres, the migrations and Kafka, and then says which was not there."""
    rendered = helm.render({"settings": {"STARTUP_TIMEOUT": timeout}})

    for service in SERVICES:
        probe = container(rendered.pods()[service])["startupProbe"]
        assert probe["failureThreshold"] * probe["periodSeconds"] > 3 * timeout + 30


@pytest.mark.parametrize(("drain", "sleep"), [*product([0, 8, 30, 45.5], [0, 5]), (8, 60)])
def test_the_grace_period_is_longer_than_a_drain(helm: Helm, drain: float, sleep: int) -> None:
    rendered = helm.render({"settings": {"DRAIN_TIMEOUT": drain}, "preStopSeconds": sleep})

    for service in PROCESSES:
        spec = rendered.pods()[service]["spec"]
        assert container(rendered.pods()[service])["lifecycle"]["preStop"]["sleep"] == {
            "seconds": sleep
        }
        # What ends after the jobs: HTTP 3 s, the outbox 3 s, the database 5 s, the consumer.
        assert spec["terminationGracePeriodSeconds"] >= sleep + drain + 15


@pytest.mark.parametrize("case", FILES)
def test_the_grace_period_follows_the_drain_timeout_of_the_pod(helm: Helm, case: str) -> None:
    rendered = helm.render(FILES[case])

    for service in PROCESSES:
        spec = rendered.pods()[service]["spec"]
        assert spec["terminationGracePeriodSeconds"] > seconds(rendered, service, "DRAIN_TIMEOUT")


def test_a_service_drains_as_long_as_its_own_settings_say(helm: Helm) -> None:
    rendered = helm.render({"services": {"delivery": {"settings": {"DRAIN_TIMEOUT": 100}}}})
    graces = {s: rendered.pods()[s]["spec"]["terminationGracePeriodSeconds"] for s in SERVICES}

    assert graces["delivery"] == graces["discovery"] + 92


def test_a_grace_period_that_cuts_jobs_off_is_refused(helm: Helm) -> None:
    own = {"services": {"delivery": {"terminationGracePeriodSeconds": 13}}}

    with pytest.raises(
        ChartRefusedError, match=r"services\.delivery\.terminationGracePeriodSeconds"
    ):
        helm.render(own)


@pytest.mark.parametrize("pod", CONFIGURED)
@pytest.mark.parametrize("case", [*FILES, "everything"])
def test_all_that_a_service_requires_is_there_and_nothing_it_does_not_read(
    helm: Helm, case: str, pod: str
) -> None:
    settings = SETTINGS[pod.removesuffix("-migrate")]
    names = variable_names(settings)
    env = helm.render(CASES[case]).env(pod)

    for field, either in names.items():
        if settings.model_fields[field].is_required():
            assert set(either) & env.keys(), either
    assert env.keys() <= {name for known in names.values() for name in known} | {"TZ"}


@pytest.mark.parametrize("pod", CONFIGURED)
@pytest.mark.parametrize("case", [*FILES, "everything"])
def test_a_service_starts_with_what_its_pod_is_given(
    helm: Helm, case: str, pod: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = SETTINGS[pod.removesuffix("-migrate")]
    for variables_of in SETTINGS.values():
        for either in variable_names(variables_of).values():
            for name in either:
                monkeypatch.delenv(name, raising=False)
    for name, each in helm.render(CASES[case]).env(pod).items():
        value = each["value"] if "value" in each else read(each["valueFrom"], pod)
        if value is not None:
            monkeypatch.setenv(name, value)

    # Mounted from a Secret there.
    monkeypatch.setattr("leadstream.settings.base.check_tls_files", lambda *files: None)

    read_back = settings(_env_file=None)

    assert read_back.http_host == "0.0.0.0"  # noqa: S104 - what a container must
    assert read_back.http_port == PORTS[settings.service]


def read(source: Manifest, pod: str) -> str | None:
    """A variable's value as the cluster gives it, from a Secret with only what must be in it."""
    if "fieldRef" in source:
        return pod
    key, url = source["secretKeyRef"]["key"], SECRETS["DATABASE_URL"]
    if key.endswith("DATABASE_URL"):
        return url
    if source["secretKeyRef"].get("optional"):
        return SECRETS.get(key)
    return (SECRETS | {"KAFKA_SASL_USERNAME": "u", "KAFKA_SASL_PASSWORD": "p", "password": "p"})[
        key
    ]


@pytest.mark.parametrize("service", PROCESSES)
def test_secrets_come_from_a_secret_and_from_no_value(helm: Helm, service: str) -> None:
    settings = SETTINGS[service]
    names = variable_names(settings)
    env = helm.render(EVERYTHING).env(service)

    for field, info in settings.model_fields.items():
        for name in env.keys() & set(names[field]):
            if is_secret(info):
                reference = env[name]["valueFrom"]["secretKeyRef"]
                needed = info.is_required() or name in SASL
                assert reference.get("optional", False) is not needed, name


@pytest.mark.parametrize("service", SERVICES)
def test_a_pod_is_given_the_secrets_of_its_own_service_only(helm: Helm, service: str) -> None:
    env = helm.render(EVERYTHING).env(service)
    own = {name for known in variable_names(SETTINGS[service]).values() for name in known}
    others = {"CLAY_API_KEY", "RESEND_API_KEY", "DATASHOPPER_API_KEY", "ADMIN_DATABASE_URL"} - own

    assert not others & env.keys()
    assert not any("envFrom" in container(p) for p in helm.render(EVERYTHING).pods().values())
    assert [n for n in env if n.endswith("DATABASE_URL")] == [
        f"{service.upper().replace('-', '_')}_DATABASE_URL"
    ]


def test_the_defaults_that_the_chart_counts_with_are_the_codes(helm: Helm) -> None:
    seen = set()
    for service, settings in SETTINGS.items():
        env = helm.render().env(service)
        for variable in variables(settings):
            (name, *_) = variable.names
            if name in COUNTED_WITH & env.keys():
                seen.add(name)
                assert float(env[name]["value"]) == float(variable.default), name

    assert seen == COUNTED_WITH


def test_large_numbers_stay_numbers(helm: Helm) -> None:
    """Helm reads numbers as floats, and would write 2592000 as 2.592e+06."""
    settings = {"JOB_RETENTION": 2592000, "JOB_LEASE": 90.5}
    env = helm.render({"settings": settings}).env("scheduler")

    assert env["JOB_RETENTION"]["value"] == "2592000"
    assert env["JOB_LEASE"]["value"] == "90.5"


def test_a_member_of_a_consumer_group_is_named_after_its_pod(helm: Helm) -> None:
    for service in SERVICES:
        env = helm.render().env(service)
        if service == "scheduler":
            assert "KAFKA_INSTANCE_ID" not in env
        else:
            field = env["KAFKA_INSTANCE_ID"]["valueFrom"]["fieldRef"]["fieldPath"]
            assert field == "metadata.name"
    assert "KAFKA_INSTANCE_ID" not in helm.render({"kafka": {"staticMembership": False}}).env(
        "delivery"
    )


def test_the_console_is_given_the_services_addresses_and_one_secret(helm: Helm) -> None:
    env = helm.render(EVERYTHING).env("console")

    assert {n: v["value"] for n, v in env.items() if n.endswith("_URL")} == {
        **{
            f"{s.upper().replace('-', '_')}_URL": f"http://acme-leadstream-{s}:{SERVICE_PORTS[s]}"
            for s in SERVICES
        },
        "CONSOLE_PUBLIC_URL": "https://leads.acme.example",
    }
    assert [name for name, each in env.items() if "valueFrom" in each] == ["ENCRYPTION_KEYS"]
    assert env.keys() - {n for n in env if n.endswith("_URL")} == {
        *("HTTP_HOST", "HTTP_PORT", "ENCRYPTION_KEYS", "LOG_LEVEL", "DRAIN_TIMEOUT", "TZ")
    }


def test_links_in_messages_lead_to_the_console_that_people_reach(helm: Helm) -> None:
    url = "https://leads.acme.example"

    assert "CONSOLE_PUBLIC_URL" not in helm.render().env("delivery")
    for pod in ("delivery", "delivery-migrate"):
        assert helm.render(EVERYTHING).env(pod)["CONSOLE_PUBLIC_URL"]["value"] == url
    assert "CONSOLE_PUBLIC_URL" not in helm.render(EVERYTHING).env("discovery")


def test_a_service_of_another_release_is_asked_where_it_is(helm: Helm) -> None:
    elsewhere = "http://enrichment.other:8002"
    rendered = helm.render(
        {
            "services": {"enrichment": {"enabled": False}},
            "console": {"settings": {"ENRICHMENT_URL": elsewhere}},
        }
    )

    assert rendered.env("console")["ENRICHMENT_URL"]["value"] == elsewhere


def test_a_console_that_is_off_leaves_nothing_behind(helm: Helm) -> None:
    rendered = helm.render(EVERYTHING, {"console": {"enabled": False}})

    assert "console" not in str([m["metadata"]["name"] for m in rendered.manifests])
    assert "console" not in str(rendered.one("NetworkPolicy", "discovery"))


@pytest.mark.parametrize("service", PROCESSES)
def test_replicas_are_spread_and_one_goes_at_a_time(helm: Helm, service: str) -> None:
    rendered = helm.render()
    spread = rendered.pods()[service]["spec"]["topologySpreadConstraints"]
    labels = rendered.pods()[service]["metadata"]["labels"]

    assert [each["topologyKey"] for each in spread] == [
        "topology.kubernetes.io/zone",
        "kubernetes.io/hostname",
    ]
    assert all(each["labelSelector"]["matchLabels"].items() <= labels.items() for each in spread)
    assert rendered.one("PodDisruptionBudget", service)["spec"]["maxUnavailable"] == 1
    strategy = rendered.one("Deployment", service)["spec"]["strategy"]["rollingUpdate"]
    assert strategy == {"maxSurge": 1, "maxUnavailable": 0}


def test_what_a_service_was_configured_with_rolls_its_pods_alone(helm: Helm) -> None:
    changed = helm.render({"services": {"delivery": {"settings": {"RETRY_BASE": 3}}}}).pods()

    differing = [s for s in SERVICES if changed[s] != helm.render().pods()[s]]

    assert differing == ["delivery"]


def test_the_admin_api_is_reached_while_a_service_is_not_ready(helm: Helm) -> None:
    """A topic stopped by a flood of bad records makes a service unready; the call that resumes it must arrive."""
    rendered = helm.render(EVERYTHING)

    for service in SERVICES:
        assert rendered.one("Service", service)["spec"]["publishNotReadyAddresses"] is True
    for service in PUBLIC:
        public = rendered.one("Service", f"{service}-public")["spec"]
        assert "publishNotReadyAddresses" not in public
    assert "publishNotReadyAddresses" not in rendered.one("Service", "console")["spec"]


def test_a_service_that_is_off_leaves_nothing_behind(helm: Helm) -> None:
    rendered = helm.render(EVERYTHING, {"services": {"enrichment": {"enabled": False}}})

    assert "enrichment" not in str([m["metadata"]["name"] for m in rendered.manifests])
    assert "ENRICHMENT_DATABASE_URL" not in rendered.env("db-init")
