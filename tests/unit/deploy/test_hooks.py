"""What runs before an installation or upgrade, and in which order."""

from support.helm import SERVICES, Helm, Manifest, Rendered
from unit.deploy.cases import EVERYTHING

HOOK, WEIGHT = "helm.sh/hook", "helm.sh/hook-weight"


def order(rendered: Rendered) -> list[str]:
    """The hooks as Helm runs them: by weight, then by name."""
    jobs = rendered.all("Job").values()
    placed = sorted((weight(job), job["metadata"]["name"]) for job in jobs)
    return [name.removeprefix("acme-leadstream-") for _, name in placed]


def weight(manifest: Manifest) -> int:
    return int(manifest["metadata"]["annotations"][WEIGHT])


def test_roles_come_first_then_topics_then_the_migration_of_each_service(helm: Helm) -> None:
    migrations = sorted(f"{service}-migrate" for service in SERVICES)

    assert order(helm.render()) == ["topics", *migrations]
    assert order(helm.render(EVERYTHING)) == ["db-init", "topics", *migrations]


def test_they_run_before_what_needs_them_both_times(helm: Helm) -> None:
    for job in helm.render(EVERYTHING).all("Job").values():
        assert job["metadata"]["annotations"][HOOK] == "pre-install,pre-upgrade"


def test_they_bring_what_is_not_there_yet_at_an_installation(helm: Helm) -> None:
    rendered = helm.render(EVERYTHING)
    hooks = [m for m in rendered.manifests if HOOK in m["metadata"].get("annotations", {})]
    earliest = min(weight(job) for job in rendered.all("Job").values())
    accounts = {m["metadata"]["name"] for m in hooks if m["kind"] == "ServiceAccount"}
    policies = {m["metadata"]["name"] for m in hooks if m["kind"] == "NetworkPolicy"}

    for job in rendered.all("Job").values():
        assert job["spec"]["template"]["spec"]["serviceAccountName"] in accounts
        assert job["metadata"]["name"] in policies
    for part in (m for m in hooks if m["kind"] != "Job"):
        assert weight(part) < earliest
        # Helm does not remove hooks when it uninstalls: they go when all have succeeded.
        assert "hook-succeeded" in part["metadata"]["annotations"]["helm.sh/hook-delete-policy"]


def test_each_does_one_thing(helm: Helm) -> None:
    pods = helm.render(EVERYTHING).pods()
    command = {name: pod["spec"]["containers"][0]["command"] for name, pod in pods.items()}

    assert command["topics"] == ["leadstream", "topics", "apply", "--replication-factor", "3"]
    assert command["db-init"][:3] == ["leadstream", "db", "init"]
    assert command["db-init"][3:] == [word for s in SERVICES for word in ("--service", s)]
    assert command["platform-upload-migrate"] == ["python", "-m", "platform_upload", "migrate"]
    assert command["platform-upload"] == ["python", "-m", "platform_upload", "worker"]


def test_only_db_init_sees_the_role_that_creates_roles(helm: Helm) -> None:
    rendered = helm.render(EVERYTHING)

    owners = [name for name in rendered.pods() if "ADMIN_DATABASE_URL" in rendered.env(name)]

    assert owners == ["db-init"]
    reference = rendered.env("db-init")["ADMIN_DATABASE_URL"]["valueFrom"]["secretKeyRef"]
    assert reference["name"] == "postgres-admin"


def test_topics_need_no_more_than_kafka(helm: Helm) -> None:
    assert all(name.startswith("KAFKA_") for name in helm.render(EVERYTHING).env("topics"))


def test_a_hook_ends_by_itself_whatever_happens(helm: Helm) -> None:
    for job in helm.render().all("Job").values():
        assert job["spec"]["activeDeadlineSeconds"] == 600
        assert job["spec"]["backoffLimit"] == 4
        assert job["spec"]["template"]["spec"]["restartPolicy"] == "Never"


def test_without_hooks_nothing_of_theirs_is_there(helm: Helm) -> None:
    rendered = helm.render({"topics": {"enabled": False}, "migrations": {"enabled": False}})

    assert not [m for m in rendered.manifests if HOOK in m["metadata"].get("annotations", {})]
