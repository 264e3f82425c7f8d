from pathlib import Path

import pytest

from leadstream.cli.errors import CliError
from leadstream.cli.manifest import load_manifest
from leadstream.manifest.model import Manifest

SECRET = "s3cret-value"


def load(tmp_path: Path, text: str, **variables: str) -> Manifest:
    file = tmp_path / "workspace.yaml"
    file.write_text(text, encoding="utf-8")
    return load_manifest(file, variables)


def refusal(tmp_path: Path, text: str, **variables: str) -> str:
    with pytest.raises(CliError) as refused:
        load(tmp_path, text, **variables)
    return refused.value.message


def test_keys_left_out_have_defaults(tmp_path: Path) -> None:
    manifest = load(tmp_path, "workspaces: [{slug: acme, recipients: [{email: a@b.example}]}]")

    (workspace,) = manifest.workspaces
    assert workspace.recipients[0].min_score == "cold"
    assert workspace.recipients[0].enabled
    assert workspace.queries == []


def test_variables_stand_anywhere_in_a_text_and_more_than_once(tmp_path: Path) -> None:
    text = (
        "workspaces: [{slug: acme, channels: [{type: slack, name: a, url: '${BASE}/x/${BASE}'}]}]"
    )

    manifest = load(tmp_path, text, BASE="https://hooks.example")

    assert manifest.workspaces[0].channels[0].url == "https://hooks.example/x/https://hooks.example"


def test_what_a_variable_holds_is_not_looked_through_for_variables(tmp_path: Path) -> None:
    manifest = load(tmp_path, "workspaces: [{slug: a, name: '${NAME}'}]", NAME="${SLUG}")

    assert manifest.workspaces[0].name == "${SLUG}"


def test_every_variable_that_is_not_set_is_named_with_its_place(tmp_path: Path) -> None:
    text = """
workspaces:
  - slug: acme
    channels: [{type: slack, name: a, url: "${SLACK_URL}"}]
    connections: [{platform: tech-platform, adapter: hubspot, credentials: {access_token: "${TOKEN}"}}]
"""

    message = refusal(tmp_path, text)

    assert "workspaces.0.channels.0.url: SLACK_URL is not set" in message
    assert "workspaces.0.connections.0.credentials.access_token: TOKEN is not set" in message
    assert "Set it in the environment" in message


@pytest.mark.parametrize("name", ["", "not a name", "1ST", "A-B"])
def test_what_cannot_be_a_variable_is_said(tmp_path: Path, name: str) -> None:
    message = refusal(tmp_path, f"workspaces: [{{slug: a, name: '${{{name}}}'}}]")

    assert "workspaces.0.name" in message


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("workspaces: [{slug: a, querys: []}]", "workspaces.0.querys: there is no such key"),
        ("workspaces: [{name: a}]", "workspaces.0.slug: is missing"),
        (
            "workspaces: [{slug: a, recipients: [{email: x@y.example, min_score: tepid}]}]",
            "recipients.0.min_score",
        ),
        ("[]", "dictionary"),
        ("", "dictionary"),
        ("{}", "workspaces: is missing"),
    ],
)
def test_a_fault_is_named_with_its_place(tmp_path: Path, text: str, place: str) -> None:
    assert place in refusal(tmp_path, text)


@pytest.mark.parametrize(
    "text",
    [
        f"workspaces: [{{slug: a, channels: [{{type: telegram, name: a, url: {SECRET}}}]}}]",
        f"workspaces: [{{slug: a, connections: [{{platform: p, adapter: a, credentials: {SECRET}}}]}}]",
        f"workspaces:\n  - slug: a\n    channels: [{{secret: {SECRET}: {SECRET}",
        f"workspaces: [{{slug: [{SECRET}]}}]",
        f"workspaces: {SECRET}",
    ],
)
def test_no_error_shows_a_value(tmp_path: Path, text: str) -> None:
    message = refusal(tmp_path, text)

    assert SECRET not in message


def test_malformed_yaml_is_named_by_line_and_column(tmp_path: Path) -> None:
    message = refusal(tmp_path, "workspaces:\n  - slug: a\n   name: b\n")

    assert "line 3, column 4: not YAML" in message


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "workspace.yaml"
    file.write_bytes(b"workspaces: \xff\xfe")

    with pytest.raises(CliError, match="not YAML"):
        load_manifest(file, {})


@pytest.mark.parametrize(
    "parts",
    [
        "recipients: [{email: A@b.example}, {email: a@B.example}]",
        "queries: [{name: q, topic: {name: a}}, {name: q, topic: {name: b}}]",
        "connections: [{platform: p, adapter: a}, {platform: p, adapter: b}]",
        "channels: [{type: slack, name: a, url: x}, {type: slack, name: a, url: y}]",
        "users: [{email: a@b.example}, {email: a@b.example}]",
    ],
)
def test_a_thing_named_twice_is_refused(tmp_path: Path, parts: str) -> None:
    message = refusal(tmp_path, f"workspaces: [{{slug: acme, {parts}}}]")

    assert message.endswith(" twice")


def test_the_same_name_for_a_slack_and_a_webhook_channel_is_two_channels(tmp_path: Path) -> None:
    channels = "[{type: slack, name: a, url: x}, {type: webhook, name: a, url: y}]"

    manifest = load(tmp_path, f"workspaces: [{{slug: acme, channels: {channels}}}]")

    assert len(manifest.workspaces[0].channels) == 2
