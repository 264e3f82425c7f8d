"""What `leadstream erase` would not do with an option, it says, before anything is erased."""

import re
from collections.abc import Sequence
from uuid import UUID

import pytest
from click.testing import CliRunner

from leadstream.cli.erase import erase_command

ID = str(UUID(int=7))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        # It would erase, for good.
        (["--reapply", "--reason", "x", "--dry-run"], "--dry-run"),
        (["--reapply", "--reason", "x", "--workspace", ID], "--workspace"),
        (["--verify", ID, "--dry-run"], "--dry-run"),
        (["--verify", ID, "--receipt", ID], "--receipt"),
        (["--verify", ID, "--workspace", ID], "--workspace"),
        (["--export", "people.json", "--dry-run"], "--dry-run"),
        (["--export", "people.json", "--receipt", ID], "--receipt"),
        (["--export", "people.json", "--workspace", ID], "--workspace"),
        (["a@b.example", "--reason", "x", "--from", __file__], "--from"),
        (["--verify", ID, "--from", __file__], "--from"),
        (["--export", "people.json", "--from", __file__], "--from"),
        # A dry run has no receipt to go on with.
        (["a@b.example", "--reason", "x", "--dry-run", "--receipt", ID], "--receipt"),
        (["--verify", ""], "is the id of a receipt"),
        (["--verify", "one"], "is the id of a receipt"),
        (["--reapply", "--reason", "x", "--receipt", ""], "is the id of a receipt"),
        (["a@b.example", "--reason", "x", "--receipt", "one"], "is the id of a receipt"),
        ([""], "Give an address"),
        (["  ", "--reason", "x"], "Give an address"),
        (["a@b.example", "--reason", ""], "--reason"),
    ],
)
def test_an_option_that_would_be_ignored_is_a_mistake(arguments: Sequence[str], said: str) -> None:
    # Nobody is there to be called.
    nowhere = "http://127.0.0.1:1"
    names = ("DISCOVERY", "ENRICHMENT", "DELIVERY", "PLATFORM_UPLOAD")
    ran = CliRunner(env={f"{name}_URL": nowhere for name in names}).invoke(
        erase_command, list(arguments)
    )

    assert ran.exit_code == 2, ran.output
    assert said in re.sub(r"\s+", " ", ran.output)
