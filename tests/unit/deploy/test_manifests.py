"""What Helm renders is what Kubernetes, Prometheus' operator and KEDA read."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
import pytest
import yaml
from kubernetes_validate import utils as kubernetes_schemas

from support.helm import CHART, Helm, Manifest, Values
from unit.deploy.cases import EVERYTHING, FILES, INLINE

OLDEST = "1.30"
NEWEST = kubernetes_validate.latest_version()
CUSTOM = Path(__file__).parent / "crds"
KEDA: Values = {"autoscaling": {"keda": {"enabled": True, "prometheusAddress": "http://p:9090"}}}
CASES: dict[str, list[Values]] = {
    **{name: [values] for name, values in FILES.items()},
    "everything": [EVERYTHING],
    "keda": [KEDA],
    "inline secrets": [INLINE],
}


@pytest.fixture(autouse=True, scope="module")
def schemas_read_once() -> Iterator[None]:
    """kubernetes-validate reads two files of a megabyte for each manifest."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            kubernetes_schemas, "schema_contents", cache(kubernetes_schemas.schema_contents)
        )
        yield


@cache
def custom_schemas() -> dict[str, Any]:
    return {path.stem: yaml.safe_load(path.read_text()) for path in CUSTOM.glob("*.yaml")}


def check(manifest: Manifest, version: str) -> None:
    _check_once(json.dumps(manifest, sort_keys=True), version)


@cache
def _check_once(text: str, version: str) -> None:
    """Most manifests are the same in most cases. What is refused is not remembered."""
    manifest = json.loads(text)
    if manifest["kind"] in custom_schemas():
        jsonschema.validate(manifest, custom_schemas()[manifest["kind"]])
    else:
        kubernetes_validate.validate(manifest, version, strict=True)


@pytest.mark.parametrize("version", [OLDEST, NEWEST])
@pytest.mark.parametrize("case", CASES)
def test_every_manifest_is_valid(helm: Helm, case: str, version: str) -> None:
    manifests = helm.render(*CASES[case]).manifests

    assert {"Deployment", "Job", "Service", "ServiceAccount"} <= {m["kind"] for m in manifests}
    for manifest in manifests:
        check(manifest, version)


@pytest.mark.parametrize("case", CASES)
def test_lint_finds_nothing(helm: Helm, case: str) -> None:
    assert helm.lint(*CASES[case]) == []


@pytest.mark.parametrize("case", CASES)
def test_no_two_manifests_are_the_same_thing(helm: Helm, case: str) -> None:
    manifests = helm.render(*CASES[case]).manifests

    names = [(m["kind"], m["metadata"]["name"]) for m in manifests]

    assert len(names) == len(set(names))


@pytest.mark.parametrize("key", ["fullnameOverride", "nameOverride"])
def test_names_stay_short_enough_to_be_labels(helm: Helm, key: str) -> None:
    manifests = helm.render(EVERYTHING, {key: "leads-" * 10 + "x"}).manifests

    assert max(len(m["metadata"]["name"]) for m in manifests) <= 63


def test_between_them_the_cases_render_every_kind_there_is(helm: Helm) -> None:
    rendered = {m["kind"] for case in CASES.values() for m in helm.render(*case).manifests}

    assert rendered >= {
        "Deployment", "Service", "ServiceAccount", "Secret", "Job", "NetworkPolicy", "PodDisruptionBudget",
        "HorizontalPodAutoscaler", "ScaledObject", "ServiceMonitor", "Ingress",
    }  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_selector_finds_the_pods_of_one_service_only(helm: Helm, case: str) -> None:
    rendered = helm.render(*CASES[case])
    labels = {name: pod["metadata"]["labels"] for name, pod in rendered.pods().items()}

    for kind in ("Service", "Deployment", "PodDisruptionBudget"):
        for name, manifest in rendered.all(kind).items():
            selector = manifest["spec"]["selector"]
            wanted = selector.get("matchLabels", selector)
            found = [pod for pod, own in labels.items() if wanted.items() <= own.items()]
            assert len(found) == 1, name
            assert name.removesuffix("-public").endswith(found[0])


def test_the_strict_schemas_do_refuse(helm: Helm) -> None:
    """A check that can't fail is none: what is misspelt must be seen, in ours and in theirs."""
    rendered = helm.render(EVERYTHING)
    deployment = rendered.one("Deployment", "discovery")
    monitor = next(iter(rendered.all("ServiceMonitor").values()))

    wrong = {**deployment, "spec": {**deployment["spec"], "replica": 2}}
    with pytest.raises(kubernetes_validate.ValidationError):
        check(wrong, NEWEST)
    with pytest.raises(jsonschema.ValidationError):
        check({**monitor, "spec": {**monitor["spec"], "endpoint": []}}, NEWEST)


def test_the_oldest_version_is_the_one_the_chart_names() -> None:
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())

    assert chart["kubeVersion"] == f">={OLDEST}.0-0"
