"""What is there as a manifest, and back."""

from typing import Any

import pytest

from leadstream.manifest.export import manifest_of, manifest_text
from leadstream.manifest.model import read_manifest


def query(name: str, **changed: Any) -> dict[str, Any]:
    topic = {"id": "1", "name": "AI", "category": None}
    return {"id": "1", "name": name, "topic": topic, "status": "active", "filters": {}, **changed}


@pytest.mark.parametrize(
    "name",
    [
        "plain",
        "yes",
        "no",
        "012",
        "1e3",
        "0o7",
        "1_000",
        "12:30",
        "2026-11-29",
        "null",
        "~",
        "#a",
        "a: b",
        "=1+1",
        "'",
        '"',
        "Ünï 日本",
        "<script>",
        "0x1F",
        "-",
        ".5",
        "- a",
        "{a}",
        "&a",
        "*a",
        "!a",
        "5",
    ],
)
def test_every_name_comes_back_as_it_is(name: str) -> None:
    text = manifest_text(manifest_of({"slug": "acme", "name": name}, {"queries": [query(name)]}))

    (workspace,) = read_manifest(text, {}).workspaces

    assert (workspace.name, workspace.queries[0].name) == (name, name)


def test_what_nobody_can_want_is_left_out() -> None:
    rows = {
        "channels": [
            {
                "id": "1",
                "type": "slack",
                "name": "deals",
                "url": "https://hooks.slack.com/…",
                "status": "disabled",
                "disabled_reason": "gone",
            }
        ]
    }

    found = manifest_of({"slug": "acme", "name": "Acme"}, rows)["workspaces"][0]

    assert found["channels"] == [
        {"type": "slack", "name": "deals", "url": "https://hooks.slack.com/…"}
    ]


def test_what_two_things_share_is_written_out_for_each() -> None:
    shared = {"country": "Chile"}
    rows = {"queries": [query("a", filters=shared), query("b", filters=shared)]}

    text = manifest_text(manifest_of({"slug": "acme", "name": "Acme"}, rows))

    assert text.count("country: Chile") == 2


def test_what_a_recipient_chose_comes_back_and_what_they_did_not_is_left_out() -> None:
    nothing = {
        "rhythm": dict.fromkeys(("hot", "warm", "cold"), "at_once"),
        "quiet_hours": None,
        "zone": None,
        "daily_cap": None,
        "hot_breaks_through": False,
    }
    chosen = {"quiet_hours": {"start": "22:00", "end": "07:00"}, "zone": "Europe/Berlin"}
    rows = [
        {"email": "a@b.example", "preferences": nothing},
        {"email": "c@b.example", "preferences": nothing | chosen},
    ]

    text = manifest_text(manifest_of({"slug": "acme", "name": "A"}, {"recipients": rows}))

    (workspace,) = read_manifest(text, {}).workspaces
    assert [each.preferences for each in workspace.recipients] == [{}, chosen]
