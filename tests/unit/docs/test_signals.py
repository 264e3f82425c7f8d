"""What senders are shown is what is taken."""

import re
from datetime import UTC, datetime
from pathlib import Path

import orjson

from discovery.adapters.pushed import read_pushed
from leadstream.manifest.model import read_manifest

TEXT = Path(__file__).parents[3].joinpath("docs/signals.md").read_text(encoding="utf-8")
NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)


def block(language: str) -> str:
    (found,) = re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)
    return str(found)


def test_the_manifest_that_is_shown_makes_a_source() -> None:
    manifest = read_manifest(block("yaml"), {"BOMBORA_SECRET": "whsec_x"})

    ((push,),) = [workspace.push for workspace in manifest.workspaces]
    assert (push.name, push.query) == ("bombora", "AI tools")
    assert push.topics == {"Payroll software": "Payroll"}


def test_the_body_that_is_shown_has_no_fault() -> None:
    signals = orjson.loads(block("json"))["signals"]

    pushed, faults = read_pushed(signals, source="bombora", now=NOW)

    assert faults == []
    assert [each.topic for each in pushed] == ["AI automation"]
