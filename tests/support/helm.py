"""Rendering the Helm chart with Helm itself, in a process of its own: Helm is Go, with threads and signal handlers."""

import json
import multiprocessing
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
CHART = ROOT / "deploy/helm/leadstream"
RELEASE = "acme"
NAMESPACE = "leads"

Values = Mapping[str, Any]
Manifest = dict[str, Any]
SERVICES = ("discovery", "enrichment", "delivery", "platform-upload", "scheduler")
# All that has a Deployment.
PROCESSES = (*SERVICES, "console")


class ChartRefusedError(Exception):
    """Helm would not render; the message is what a person reads."""


class Rendered:
    """What `helm template` prints, by kind and name; and the notes."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self._files = files

    @cached_property
    def manifests(self) -> list[Manifest]:
        texts = [text for name, text in self._files.items() if not name.endswith("NOTES.txt")]
        # The C parser reads a hundred manifests in the time in which the other reads ten.
        parsed = [m for text in texts for m in yaml.load_all(text, Loader=yaml.CSafeLoader)]
        return [manifest for manifest in parsed if manifest]

    @property
    def notes(self) -> str:
        (text,) = (t for name, t in self._files.items() if name.endswith("NOTES.txt"))
        return text

    def all(self, kind: str) -> dict[str, Manifest]:
        return {m["metadata"]["name"]: m for m in self.manifests if m["kind"] == kind}

    def one(self, kind: str, name: str) -> Manifest:
        """The manifest of a service, or of another part of the release."""
        return self.all(kind)[f"{RELEASE}-leadstream-{name}"]

    def pods(self) -> dict[str, Manifest]:
        """The pod templates of everything that runs, by the name of what runs them."""
        return {
            manifest["metadata"]["name"].removeprefix(f"{RELEASE}-leadstream-"): manifest["spec"][
                "template"
            ]
            for manifest in self.manifests
            if manifest["kind"] in {"Deployment", "Job"}
        }

    def env(self, pod: str) -> dict[str, Manifest]:
        """The variables of a pod's one container."""
        (container,) = self.pods()[pod]["spec"]["containers"]
        variables = {each["name"]: each for each in container["env"]}
        assert len(variables) == len(container["env"]), f"a variable of {pod} is there twice"
        return variables


class Helm:
    """Renders and lints the chart. What was rendered once is not rendered again."""

    def __init__(self, pool: ProcessPoolExecutor) -> None:
        self._pool = pool
        self._rendered: dict[str, Rendered] = {}

    def render(self, *layers: Values, chart: Path = CHART) -> Rendered:
        """The chart with values over its own, the last layer uppermost. Raises ChartRefusedError."""
        values = merge(*layers)
        key = json.dumps([str(chart), values], sort_keys=True)
        if key not in self._rendered:
            files, refusal = self._pool.submit(_render, str(chart), values).result()
            if refusal is not None:
                raise ChartRefusedError(refusal)
            self._rendered[key] = Rendered(files)
        return self._rendered[key]

    def lint(self, *layers: Values) -> list[str]:
        """What `helm lint --strict` counts as a failure."""
        report = self._pool.submit(_lint, str(CHART), merge(*layers)).result()
        assert report["total_charts_linted"] == 1
        loud = [m for m in report["messages"] if m["severity"] > _INFO]
        return [*report["errors"], *(f"{m['path']}: {m['error']}" for m in loud)]


_INFO = 1


@contextmanager
def helm_process() -> Iterator[Helm]:
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=1, mp_context=spawn) as pool:
        yield Helm(pool)


def values_file(name: str) -> Values:
    """One of the chart's own files of values."""
    read: Values = yaml.safe_load((CHART / name).read_text(encoding="utf-8"))
    return read


def merge(*layers: Values) -> dict[str, Any]:
    """As Helm lays files of values on top of each other: maps are united, all else is replaced."""
    merged: dict[str, Any] = {}
    for layer in layers:
        for key, value in layer.items():
            below = merged.get(key)
            both = isinstance(value, Mapping) and isinstance(below, Mapping)
            merged[key] = merge(below, value) if both else value  # type: ignore[arg-type]
    return merged


# In the process that has Helm. Exceptions stay there: they need not survive being sent.


def _render(chart: str, values: dict[str, Any]) -> tuple[dict[str, str], str | None]:
    import helm_python  # noqa: PLC0415 - loads Helm, which the process of the tests must not

    try:
        with helm_python.Chart.load(chart) as loaded:
            return loaded.render(values, name=RELEASE, namespace=NAMESPACE), None
    except helm_python.HelmError as exc:
        return {}, str(exc)


def _lint(chart: str, values: dict[str, Any]) -> dict[str, Any]:
    import helm_python  # noqa: PLC0415 - as above

    return helm_python.lint(chart, values, strict=True, namespace=NAMESPACE)
