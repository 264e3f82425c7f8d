"""The command behind `make compose-test`."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import click
import orjson
from rich.console import Console
from rich.table import Table

from compose.engine import (
    EngineError,
    Project,
    base_image,
    compose_version,
    engine_version,
    image_size,
    inspect,
)
from leadstream.settings import SERVICE_PORTS

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SERVICES = tuple(SERVICE_PORTS)
# All that we make an image of.
OURS = (*SERVICES, "console", "sandbox")
ADMIN_URL = "postgresql://leadstream:development@postgres:5432/leadstream"
# Killed one after the other in the nightly job, each as soon as it has jobs: in the order in which the leads come.
VICTIMS = ("discovery", "enrichment", "delivery", "platform-upload")
# More than JOB_LEASE: what a killed service had under way is taken up again only then.
LONGEST_WITHOUT_WORK = 150.0
# Slow enough for the kills to hit something: without it the sandbox answers in a millisecond.
PROVIDERS = (
    "datashopper",
    "clay",
    "resend",
    "slack",
    "hubspot",
    "salesforce",
    "wealthbox",
    "hooks",
)
SLOW = {"seconds": 2.0, "jitter": 1.0}
# Without Grafana and the Kafka exporter, for which there is no stand-in.
MONITORING = ("prometheus", "alertmanager", "postgres-exporter")
# On top of the base image: third-party packages are some 105 MB, and half as much again as bytecode.
LARGEST_IMAGE = 180e6
EXIT_NO_ENGINE = 75  # EX_TEMPFAIL of sysexits.h

console = Console(highlight=False, soft_wrap=True)


@click.command()
@click.option(
    "--standins",
    type=click.Path(path_type=Path),
    help="Build stand-ins for images that cannot be pulled, in this folder outside the repository.",
)
@click.option("--no-build", is_flag=True, help="Use the images as they are.")
@click.option(
    "--monitoring",
    is_flag=True,
    help="Also bring up Prometheus, Alertmanager and the exporters, and ask what they scrape.",
)
@click.option("--keep", is_flag=True, help="Leave it running.")
def main(*, standins: Path | None, no_build: bool, monitoring: bool, keep: bool) -> None:
    """Bring docker-compose.yml up from nothing, run the nightly job through kills, take it down and up, compare.

    Uses the engine that DOCKER_HOST names, or this machine's. Exits with 75 where there is none.
    """
    if standins is not None and ROOT in (resolved := standins.resolve(), *resolved.parents):
        raise click.UsageError("--standins takes a folder outside the repository: it is written to")
    version = engine_version()
    if version is None:
        _give_up("No Docker engine can be reached")
    plugin = compose_version()
    if plugin is None:
        _give_up(f"Docker engine {version} has no Compose plugin")
    console.print(f"Docker engine {version}, Compose {plugin}")
    try:
        if standins is not None:
            subprocess.run([HERE / "standins" / "build", standins], check=True)  # noqa: S603 - our own script
        _try(build=not no_build, monitoring=monitoring, keep=keep)
    except (EngineError, subprocess.CalledProcessError) as exc:
        console.print(str(exc), markup=False)
        sys.exit(1)


def _give_up(why: str) -> NoReturn:
    console.print(f"{why}: docker-compose.yml was NOT tried.")
    sys.exit(EXIT_NO_ENGINE)


def _try(*, build: bool, monitoring: bool, keep: bool) -> None:
    project = Project("leadstream-test", profiles=("sandbox", "monitoring"))
    project.compose("down", "--volumes", "--remove-orphans")
    if build:
        with _timed("images are built"):
            _build(project)
    base = base_image()
    sizes = {name: image_size(_image(name), without=base) for name in OURS}
    try:
        memory = _run(project, monitoring=monitoring)
    except EngineError:
        console.print(project.compose("logs", "--tail", "20"), markup=False)
        raise
    finally:
        if not keep:
            project.compose("down", "--volumes", "--remove-orphans")
    _print_sizes(sizes)
    _print_memory(*memory)
    if large := [name for name in (*SERVICES, "console") if sizes[name] > LARGEST_IMAGE]:
        raise EngineError(
            f"images add more than {LARGEST_IMAGE / 1e6:.0f} MB to their base: {large}"
        )
    console.print("Everything is as it should be.")


def _build(project: Project) -> None:
    """One after the other: without BuildKit, all at once would each make the layer they share."""
    for name in OURS:
        project.compose("build", name)


def _run(project: Project, *, monitoring: bool) -> tuple[dict[str, str], dict[str, str]]:
    stack = (*OURS, "seed", "cli")
    console.print(f"✓ up and healthy after {project.up(*stack):.1f} s")
    _check_confined(project)
    _check_console(project)
    if monitoring:
        console.print(f"✓ monitoring is up after {project.up(*MONITORING):.1f} s")
    # Long enough for the start-up's own work to be over.
    time.sleep(15)
    idle = project.memory()

    _slow_down(project, PROVIDERS)
    console.print(_cli(project, "trigger").strip())
    _kill_each(project)
    _slow_down(project, ())
    with _timed("every lead has reached its end"):
        first = _figures(project, "--wait")
    _check(first)
    busy = project.memory()
    if monitoring:
        _check_targets(project)

    project.compose("down")
    console.print(f"✓ down, and up again after {project.up(*stack):.1f} s")
    _same(first, _figures(project), "down and up")
    _cli(project, "trigger")
    again = _figures(project, "--wait")
    _check(again)
    _same({"figures": first["figures"]}, {"figures": again["figures"]}, "running the job once more")
    return idle, busy


def _check_confined(project: Project) -> None:
    """What the file asks for is what the engine gave."""
    for container in project.containers():
        found = inspect(container.name)
        host, user = found["HostConfig"], found["Config"]["User"]
        wanted = {
            "a user": user not in {"", "root", "0"},
            "a read-only root": host["ReadonlyRootfs"],
            "no capability": host["CapDrop"] == ["ALL"] and not host["CapAdd"],
            "a memory limit": host["Memory"] > 0,
            "no new privileges": "no-new-privileges:true" in host["SecurityOpt"],
        }
        missing = [what for what, is_so in wanted.items() if not is_so]
        if missing:
            raise EngineError(f"{container.name} lacks {', '.join(missing)}")
        if container.state == "exited" and container.exit_code:
            raise EngineError(f"{container.name} ended with {container.exit_code}")
    console.print("✓ each container: no root, read-only, no capability, a memory limit")


def _check_console(project: Project) -> None:
    """Whoever has the token gets in and sees what all five services answer; nobody else does."""
    code = (
        "import httpx; c = httpx.Client(base_url='http://console:8000', headers={'sec-fetch-site': 'same-origin'});"
        " print(c.get('/audit').status_code, c.post('/login', data={'token': 'development'}).status_code);"
        " page = c.get('/audit'); print(page.status_code, page.text.count('box away'))"
    )
    said = project.compose("exec", "-T", "sandbox", "python", "-c", code).split()
    if said != ["303", "303", "200", "0"]:
        raise EngineError(f"the console answers as it should not: {said}")
    console.print("✓ the console lets the token in, and asks the five services")


def _kill_each(project: Project) -> None:
    """Kill -9, in the middle of the nightly job, and see each come back."""
    for victim in VICTIMS:
        count = _wait_for_jobs(project, victim)
        project.kill(victim, image=_image("sandbox"))
        seconds = project.wait_healthy(victim, restarts=1)
        console.print(f"✓ {victim} was killed with {count} jobs, and back after {seconds:.1f} s")


def _wait_for_jobs(project: Project, service: str) -> int:
    deadline = time.monotonic() + LONGEST_WITHOUT_WORK
    while time.monotonic() < deadline:
        if count := _under_way(project, service):
            return count
        time.sleep(0.2)
    raise EngineError(f"{service} has no jobs: there was nothing to interrupt")


def _under_way(project: Project, service: str) -> int:
    schema = service.replace("-", "_")
    query = f"SELECT count(*) FROM {schema}.jobs WHERE state IN ('ready', 'running')"  # noqa: S608 - a constant
    psql = ("psql", "--username=leadstream", "--dbname=leadstream", "--tuples-only", "--no-align")
    return int(project.compose("exec", "-T", "postgres", *psql, f"--command={query}"))


def _slow_down(project: Project, providers: Sequence[str]) -> None:
    """Make these providers slow, and all others as quick as they are."""
    code = (
        "import httpx, sys; place = 'http://127.0.0.1:8010/_control/behaviours';"
        " httpx.delete(place).raise_for_status();"
        " [httpx.put(place, content=line).raise_for_status() for line in sys.stdin]"
    )
    lines = [orjson.dumps({"provider": name, "latency": SLOW}).decode() for name in providers]
    project.compose("exec", "-T", "sandbox", "python", "-c", code, stdin="\n".join(lines))


def _cli(project: Project, *arguments: str) -> str:
    return project.compose("exec", "-T", "cli", "leadstream", *arguments)


def _figures(project: Project, *arguments: str) -> dict[str, Any]:
    answer = project.compose(
        *("exec", "-T", "-e", f"ADMIN_DATABASE_URL={ADMIN_URL}"),
        *("sandbox", "python", "-", *arguments),
        stdin=(HERE / "inside.py").read_text(encoding="utf-8"),
    )
    found: dict[str, Any] = orjson.loads(answer)
    return found


def _check(report: dict[str, Any]) -> None:
    """Our tables and the providers' ledger must agree, and something must have happened."""
    repeats = {"Slack messages": report["slack_repeats"]}
    table = Table("", "our tables", "the providers' ledger", "of these, again", box=None)
    differing = []
    for check in report["checks"]:
        what, ours, theirs = check["what"], check["ours"], check["theirs"]
        table.add_row(what, str(ours), str(theirs), str(repeats.get(what, "")))
        if ours != theirs - repeats.get(what, 0):
            differing.append(what)
    console.print(table)
    if differing:
        raise EngineError(f"the ledger differs: {', '.join(differing)}")
    stages, runs = report["stages"], report["runs"]
    if not stages["leads"] or not stages["uploaded"] or runs["failed"]:
        raise EngineError(f"the nightly job did not do its work: {stages} {runs}")
    if stages["leads"] != stages["enriched"] or stages["leads"] != stages["delivered"]:
        raise EngineError(f"leads were lost on their way: {stages}")


def _same(before: dict[str, Any], after: dict[str, Any], what: str) -> None:
    if before != after:
        raise EngineError(f"{what} changed the figures:\n{before}\n{after}")
    console.print(f"✓ {what} changed nothing")


def _check_targets(project: Project) -> None:
    """Prometheus must scrape all five services, the console and what was started, and have no faulty rule."""
    code = (
        "import httpx, json; u = 'http://prometheus:9090/api/v1/';"
        " print(json.dumps([httpx.get(u + 'targets').json(), httpx.get(u + 'rules').json()]))"
    )
    targets, rules = orjson.loads(project.compose("exec", "-T", "sandbox", "python", "-c", code))
    up = {
        target["labels"].get("service") or target["scrapePool"]
        for target in targets["data"]["activeTargets"]
        if target["health"] == "up"
    }
    if missing := {*SERVICES, "console", "prometheus", "alertmanager", "postgres"} - up:
        raise EngineError(f"Prometheus does not scrape {', '.join(sorted(missing))}")
    found = [rule for group in rules["data"]["groups"] for rule in group["rules"]]
    faulty = [rule["name"] for rule in found if rule["health"] == "err"]
    if faulty or not found:
        raise EngineError(f"{len(found)} rules, with faults: {faulty}")
    console.print(f"✓ Prometheus scrapes {', '.join(sorted(up))}; {len(found)} rules")


def _image(name: str) -> str:
    return f"leadstream/{name}:{os.environ.get('LEADSTREAM_VERSION', '0.1.0')}"


@contextmanager
def _timed(what: str) -> Iterator[None]:
    started = time.monotonic()
    yield
    console.print(f"✓ {what} after {time.monotonic() - started:.1f} s")


def _print_sizes(sizes: dict[str, int]) -> None:
    table = Table("image", "MB on top of its base", box=None)
    for name, size in sizes.items():
        table.add_row(_image(name), f"{size / 1e6:.0f}")
    console.print(table)


def _print_memory(idle: dict[str, str], busy: dict[str, str]) -> None:
    table = Table("container", "idle", "after the nightly job", box=None)
    for name, used in sorted(idle.items()):
        table.add_row(name, used, busy.get(name, ""))
    console.print(table)
