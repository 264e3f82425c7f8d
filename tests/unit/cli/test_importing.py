"""`leadstream import` and what is around its file: where the list of rejected rows goes, and who else imports it."""

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from leadstream.admin.errors import RefusedError as Refusal
from leadstream.cli import importing
from leadstream.cli.services import RefusedError

OPTIONS = ["--workspace", "acme", "--query", "AI tools"]
CONTENT = "name,domain\n,nobody.example\nAcme,acme.com\n"


class FakeDiscovery:
    """Somebody else ends the import while a call is under way."""

    def __init__(self, ends_at: str, status: int = 409) -> None:
        self._ends_at = ends_at
        self._status = status
        self._finished_at: str | None = None
        self.begun: list[Any] = []

    def get(self, path: str) -> Any:
        self._refuse(path)
        return {"rows": 1, "new": 1, "known": 0}

    def post(self, path: str, body: Any = None) -> Any:
        if path == "imports":
            self.begun.append(body)
            return {"id": "1", "finished_at": self._finished_at, "batches": []}
        self._refuse(path)
        return {}

    def delete(self, path: str) -> None:
        self._refuse(path)

    def _refuse(self, path: str) -> None:
        if path.endswith(self._ends_at):
            self._finished_at = "2026-11-29T12:00:00Z"
            raise RefusedError(Refusal("discovery", "no more", status=self._status))


@pytest.mark.parametrize("call", ["rows", "forecast"])
def test_what_somebody_else_has_imported_meanwhile_is_imported(
    call: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "leads.csv"
    file.write_text("name\nAcme\n")
    monkeypatch.setattr(importing, "ServiceClient", lambda _: FakeDiscovery(call))

    ran = CliRunner().invoke(importing.import_command, [str(file), *OPTIONS])

    assert ran.exit_code == 0
    assert "was imported on 2026-11-29T12:00: nothing is changed" in ran.output


@pytest.mark.parametrize(
    ("call", "code", "said"),
    [
        ("rows", 1, "the same dry run has ended elsewhere meanwhile"),
        ("forecast", 1, "the same dry run has ended elsewhere meanwhile"),
        ("imports/1", 0, "a dry run: nothing was imported"),
    ],
)
def test_two_who_count_the_same_file_at_once_do_no_harm(
    call: str, code: int, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "leads.csv"
    file.write_text("name\nAcme\n")
    monkeypatch.setattr(importing, "ServiceClient", lambda _: FakeDiscovery(call, 404))

    ran = CliRunner().invoke(importing.import_command, [str(file), *OPTIONS, "--dry-run"])

    assert ran.exit_code == code
    assert said in ran.output


def test_the_list_of_rejected_rows_does_not_go_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "leads.csv"
    file.write_text(CONTENT)
    (tmp_path / "same.csv").symlink_to(file)

    for path in (file, tmp_path / "same.csv"):
        ran = CliRunner().invoke(
            importing.import_command, [str(file), *OPTIONS, "--rejected", str(path)]
        )

        assert ran.exit_code == 1
        assert "would be written over" in ran.output
    assert file.read_text() == CONTENT


def test_a_file_may_have_a_name_that_is_no_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / ("x" * 220 + "caf\udce9.csv")
    file.write_text("name\nAcme\n")
    discovery = FakeDiscovery("never")
    monkeypatch.setattr(importing, "ServiceClient", lambda _: discovery)

    ran = CliRunner().invoke(importing.import_command, [str(file), *OPTIONS])

    assert ran.exit_code == 0
    (body,) = discovery.begun
    assert body["file"] == ("x" * 220 + "caf?.csv")[-200:]
