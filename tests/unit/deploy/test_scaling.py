"""Replicas follow the work, up to what a provider lets all of them do together."""

import math

import pytest

from support.helm import SERVICES, ChartRefusedError, Helm, Manifest, Values, merge

HPA: Values = {"autoscaling": {"hpa": {"enabled": True}}}
KEDA: Values = {"autoscaling": {"keda": {"enabled": True, "prometheusAddress": "http://p:9090"}}}
SCALED = [service for service in SERVICES if service != "scheduler"]


def most(helm: Helm, *layers: Values) -> dict[str, int]:
    """maxReplicas by service, of a chart that asks for a hundred."""
    hundred = {"services": {s: {"autoscaling": {"maxReplicas": 100}} for s in SERVICES}}
    rendered = helm.render(HPA, hundred, *layers)
    return {
        name.removeprefix("acme-leadstream-"): each["spec"]["maxReplicas"]
        for name, each in rendered.all("HorizontalPodAutoscaler").items()
    }


def metric(spec: Manifest) -> tuple[str, Manifest]:
    external = spec["external"]
    return external["metric"]["name"], external["target"]


def test_without_either_the_number_of_replicas_is_fixed(helm: Helm) -> None:
    rendered = helm.render()

    assert all(d["spec"]["replicas"] == 2 for d in rendered.all("Deployment").values())
    assert not rendered.all("HorizontalPodAutoscaler")
    assert not rendered.all("ScaledObject")


@pytest.mark.parametrize("values", [HPA, KEDA], ids=["hpa", "keda"])
def test_whoever_scales_a_service_decides_alone(helm: Helm, values: Values) -> None:
    """A fixed number would be set again by each upgrade, and take away what was scaled up."""
    deployments = helm.render(values).all("Deployment")

    fixed = [name for name, each in deployments.items() if "replicas" in each["spec"]]

    assert fixed == ["acme-leadstream-scheduler", "acme-leadstream-console"]


def test_both_at_once_are_refused_with_the_reason(helm: Helm) -> None:
    with pytest.raises(ChartRefusedError, match="exclude each other: KEDA makes a Horizontal"):
        helm.render(HPA, KEDA)


def test_keda_without_prometheus_is_refused(helm: Helm) -> None:
    with pytest.raises(ChartRefusedError, match=r"autoscaling\.keda\.prometheusAddress is empty"):
        helm.render(KEDA, {"autoscaling": {"keda": {"prometheusAddress": ""}}})


@pytest.mark.parametrize("service", SCALED)
def test_keda_asks_for_ready_jobs_and_lag(helm: Helm, service: str) -> None:
    scaled = helm.render(KEDA).one("ScaledObject", service)["spec"]
    jobs, lag = scaled["triggers"]
    where = f'namespace="leads", service="{service}"'

    # Every replica reports the whole table, but only its own partitions.
    assert jobs["metadata"]["query"] == (
        f'sum(max by (kind) (leadstream_jobs{{{where}, state="ready"}}))'
    )
    assert lag["metadata"]["query"] == f"sum(leadstream_consumer_lag_records{{{where}}})"
    assert scaled["scaleTargetRef"]["name"] == f"acme-leadstream-{service}"
    assert scaled["minReplicaCount"] >= 1


@pytest.mark.parametrize("service", SCALED)
def test_the_hpa_goes_by_cpu_ready_jobs_and_lag(helm: Helm, service: str) -> None:
    hpa = helm.render(HPA).one("HorizontalPodAutoscaler", service)["spec"]
    cpu, jobs, lag = hpa["metrics"]

    assert cpu["resource"]["name"] == "cpu"
    assert metric(jobs)[0] == "leadstream_ready_jobs"
    assert metric(lag)[0] == "leadstream_lag_records"
    for each in (jobs, lag):
        assert each["external"]["metric"]["selector"]["matchLabels"] == {
            "namespace": "leads",
            "service": service,
        }
        assert metric(each)[1]["type"] == "AverageValue"


def test_the_hpa_can_do_without_an_adapter(helm: Helm) -> None:
    alone = {"autoscaling": {"hpa": {"external": {"enabled": False}}}}

    hpa = helm.render(HPA, alone).one("HorizontalPodAutoscaler", "delivery")["spec"]

    assert [each["type"] for each in hpa["metrics"]] == ["Resource"]


def test_replicas_are_capped_by_the_provider_and_by_the_partitions(helm: Helm) -> None:
    """50 calls a second of 30 s each are 1,500 at once; a process makes 200 of them."""
    assert most(helm) == {
        "discovery": 12,
        "enrichment": math.ceil(50 * 30 / 200),
        "delivery": 12,
        "platform-upload": 12,
    }


@pytest.mark.parametrize(
    ("settings", "cap"),
    [
        ({"CLAY_RATE_PER_SECOND": 1}, 1),
        ({"CLAY_RATE_PER_SECOND": 10}, 2),
        ({"CLAY_RATE_PER_SECOND": 0.5, "PROVIDER_TIMEOUT": 1}, 1),
        ({"ENRICHMENT_CONCURRENCY": 250}, 6),
        ({"CLAY_RATE_PER_SECOND": 10000}, 12),
    ],
)
def test_the_cap_follows_the_settings(helm: Helm, settings: Values, cap: int) -> None:
    own = {"services": {"enrichment": {"settings": settings}}}

    assert most(helm, own)["enrichment"] == cap


def test_the_cap_follows_the_partitions(helm: Helm) -> None:
    assert set(most(helm, {"kafka": {"partitions": 3}}).values()) == {3}


def test_a_cap_below_the_minimum_takes_the_minimum_along(helm: Helm) -> None:
    slow = {"services": {"enrichment": {"settings": {"CLAY_RATE_PER_SECOND": 1}}}}

    hpa = helm.render(HPA, slow).one("HorizontalPodAutoscaler", "enrichment")["spec"]

    assert (hpa["minReplicas"], hpa["maxReplicas"]) == (1, 1)


def test_a_cap_only_ever_lowers(helm: Helm) -> None:
    hpa = helm.render(HPA).one("HorizontalPodAutoscaler", "discovery")["spec"]

    assert (hpa["minReplicas"], hpa["maxReplicas"]) == (2, 4)


def test_the_notes_say_what_was_capped(helm: Helm) -> None:
    asked = {"services": {"enrichment": {"autoscaling": {"maxReplicas": 100}}}}

    notes = helm.render(merge(HPA, asked)).notes

    assert "enrichment: 2 to 8 replicas (100 were asked for" in notes
    assert "discovery: 2 to 4 replicas," in notes
