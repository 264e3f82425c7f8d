"""A manifest that says a thing twice, or one that could be read in two ways, is refused with its line."""

from pathlib import Path

import pytest

from leadstream.cli.errors import CliError
from leadstream.cli.manifest import load_manifest
from leadstream.manifest.model import Manifest


def load(tmp_path: Path, text: str, **variables: str) -> Manifest:
    file = tmp_path / "workspace.yaml"
    file.write_text(text, encoding="utf-8")
    return load_manifest(file, variables)


def refusal(tmp_path: Path, text: str, **variables: str) -> str:
    with pytest.raises(CliError) as refused:
        load(tmp_path, text, **variables)
    assert str(tmp_path / "workspace.yaml") in refused.value.message
    return refused.value.message


@pytest.mark.parametrize(
    ("text", "line", "key"),
    [
        ("workspaces:\n  - slug: a\n    name: x\n    slug: b\n", 4, "slug"),
        ("workspaces: [{slug: a}]\nworkspaces: [{slug: b}]\n", 2, "workspaces"),
        ("workspaces:\n- slug: a\n  queries: []\n  users: []\n  queries: []\n", 5, "queries"),
        (
            "workspaces:\n- slug: a\n  queries:\n  - name: q\n    topic: {name: t}\n    topic: {name: u}\n",
            6,
            "topic",
        ),
        (
            "workspaces:\n- slug: a\n  connections:\n  - {platform: p, adapter: a,\n     adapter: b}\n",
            5,
            "adapter",
        ),
        (
            "workspaces:\n- slug: a\n  channels:\n  - type: slack\n    name: n\n    url: u\n    'url': v\n",
            7,
            "url",
        ),
        ("workspaces:\n- slug: a\n  <<: {name: x}\n  <<: {name: y}\n", 4, "<<"),
    ],
)
def test_a_key_that_is_there_twice_is_named_with_its_line(
    tmp_path: Path, text: str, line: int, key: str
) -> None:
    message = refusal(tmp_path, text)

    assert f"line {line}, column " in message
    assert f"the key {key} is there twice" in message


@pytest.mark.parametrize(
    "value",
    [
        *("yes", "no", "on", "off", "Yes", "NO", "On"),
        *("1_000", "0777", "0o17", "0b11", "0x1F", "007", "08", "12:30", "1:30:00"),
        *("1e3", "1.5e3", ".5", "5.", ".inf", "-.inf", ".nan", "+.INF", "1_0.5"),
        *("2026-11-29", "2026-11-29T07:00:00Z", "2026-11-29 07:00:00"),
        *("=", "!!binary aGk=", "!!set {a}", "!!timestamp 2026-11-29", "!secret x"),
        *("!!python/object:os.system x", "!!omap [a: 1]"),
        *("!!bool 'maybe'", "!!bool maybe", "!!bool 'yes'", '!!bool "on"', "!!bool ''", "!!bool"),
        *(
            "!!int 'x'",
            "!!int ''",
            "!!int",
            "!!int '010'",
            "!!int '1:30'",
            "!!int '0x1F'",
            "!!int 1_0",
        ),
        *(
            "!!float 'x'",
            "!!float ''",
            "!!float '.inf'",
            "!!float '1:30.5'",
            "!!null 'x'",
            "!!null x",
        ),
        *("! 'yes'", "! '010'", "!!int [a]", "!!bool {a: b}", "!!str [a]", "!!map x", "!!seq x"),
        *("!!merge x", "!!map [a]", "!!seq {a: b}", "!!null [a]", "!!timestamp 'x'"),
        *("1" * 5000, "-" + "9" * 19, "1" * 400 + ".0"),
    ],
)
@pytest.mark.parametrize(
    "place",
    [
        "slug: {}",
        "slug: a\n  name: {}",
        "slug: a\n  queries: [{{name: {}}}]",
        "slug: a\n  queries: [{{name: q, topic: {{name: {}}}}}]",
    ],
)
def test_a_value_that_may_be_read_in_two_ways_is_refused(
    tmp_path: Path, value: str, place: str
) -> None:
    message = refusal(tmp_path, f"workspaces:\n- {place.format(value)}\n")

    assert "line " in message


@pytest.mark.parametrize("country", ["NO", "no", "on", "0123", "12:30"])
def test_a_filter_that_yaml_would_change_is_refused(tmp_path: Path, country: str) -> None:
    query = "{name: q, topic: {name: t}, filters: {location: {country: %s}}}"
    text = f"workspaces:\n- slug: a\n  queries:\n  - {query % country}\n"

    assert "line 4, column " in refusal(tmp_path, text)
    quoted = text.replace(f": {country}", f": '{country}'")
    assert load(tmp_path, quoted).workspaces[0].queries[0].filters == {
        "location": {"country": country}
    }


@pytest.mark.parametrize("value", ["y", "n", "Y", "N", "t", "F", "'y'", "yes", "off"])
@pytest.mark.parametrize("key", ["enabled", "admin"])
def test_a_letter_is_no_truth_value(tmp_path: Path, key: str, value: str) -> None:
    text = f"workspaces:\n- slug: a\n  recipients:\n  - email: a@b.example\n    {key}: {value}\n"

    assert "line 5" in refusal(tmp_path, text)
    assert load(tmp_path, text.replace(f": {value}\n", ": '${IS}'\n"), IS="true").workspaces


@pytest.mark.parametrize(
    ("tagged", "read"),
    [
        *(("!!str yes", "yes"), ("!!str '010'", "010"), ("!!int '10'", 10), ("!!bool true", True)),
        *(("!!null ''", None), ("!!float '0.5'", 0.5), ("y", "y"), ("9" * 18, int("9" * 18))),
    ],
)
def test_a_tag_that_says_what_is_there_anyway_is_read(
    tmp_path: Path, tagged: str, read: object
) -> None:
    text = f"workspaces: [{{slug: a, queries: [{{name: q, topic: {{name: {tagged}}}}}]}}]"

    assert load(tmp_path, text).workspaces[0].queries[0].topic == {"name": read}


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.slack.com/services/${SLACK",
        "${SLACK",
        "${",
        "${SLACK}/${SLACK",
        "x${SLACK}${",
        "${SLACK/${SLACK}",
        "${${SLACK}}",
        "$${${SLACK}",
    ],
)
def test_a_variable_that_is_not_closed_is_refused(tmp_path: Path, url: str) -> None:
    text = f'workspaces:\n- slug: a\n  channels:\n  - {{type: slack, name: n, url: "{url}"}}\n'

    message = refusal(tmp_path, text, SLACK="https://hooks.example/s3cret")

    assert "line 4: workspaces.0.channels.0.url: " in message
    assert "s3cret" not in message


def test_what_is_clear_is_read(tmp_path: Path) -> None:
    text = """
workspaces:
  - slug: &slug "2026-11-29"
    name: "yes"
    recipients:
      - {email: a@b.example, enabled: TRUE, full_name: ~}
      - {email: c@d.example, enabled: false, full_name: 'O''Brien'}
    queries:
      - name: Öl & Gas
        topic: {name: *slug, category: }
        filters: {company_size: {min: 0, max: 1000}, revenue: {min: 0.5}}
    users: [{email: u@v.example, daily_credit_limit: "${LIMIT}"}]
"""

    (workspace,) = load(tmp_path, text, LIMIT="7").workspaces

    assert (workspace.slug, workspace.name) == ("2026-11-29", "yes")
    assert [each.enabled for each in workspace.recipients] == [True, False]
    assert workspace.queries[0].topic == {"name": "2026-11-29", "category": None}
    assert workspace.queries[0].filters["company_size"] == {"min": 0, "max": 1000}
    assert workspace.users[0].daily_credit_limit == 7


@pytest.mark.parametrize(
    "text",
    [
        "workspaces: [{slug: a}, {slug: a}]",
        "workspaces: [{slug: a}, {slug: ' a '}]",
        "workspaces: [{slug: a, recipients: [{email: A@b.example}, {email: ' a@B.example'}]}]",
        "workspaces: [{slug: a, recipients: [{email: a@bücher.example}, {email: a@xn--bcher-kva.example}]}]",
        "workspaces: [{slug: a, queries: [{name: q, topic: {name: t}}, {name: ' q ', topic: {name: u}}]}]",
        "workspaces: [{slug: a, queries: [{name: q r, topic: {name: t}}, {name: q  r, topic: {name: u}}]}]",
        "workspaces: [{slug: a, channels: [{type: slack, name: n, url: u}, {type: Slack, name: n, url: v}]}]",
        "workspaces: [{slug: a, connections: [{platform: p, adapter: x}, {platform: ' p', adapter: y}]}]",
        "workspaces: [{slug: a, users: [{email: u@v.example}, {email: U@v.example}]}]",
    ],
)
def test_two_things_with_one_id_are_refused(tmp_path: Path, text: str) -> None:
    assert refusal(tmp_path, text).endswith(" twice")


def test_one_topic_has_one_category_in_all_workspaces(tmp_path: Path) -> None:
    def text(category: str) -> str:
        query = "{name: q, topic: {name: AI, category: %s}}"
        return (
            f"workspaces: [{{slug: a, queries: [{query % 'technology'}]}},"
            f" {{slug: b, queries: [{query % category}]}}]"
        )

    assert "the topic AI has two categories" in refusal(tmp_path, text("marketing"))
    assert len(load(tmp_path, text("technology")).workspaces) == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("# nothing\n", "is empty"),
        ("---\n", "is empty"),
        ("workspaces: []\n---\nworkspaces: []\n", "line 2"),
        ("workspaces:\n\t- slug: a\n", "line 2"),
        ("workspaces:\n- slug: a\n  name: a: b\n", "line 3"),
        ("workspaces:\n- 1: x\n", "line 2, column 3: a key is a word"),
        ("workspaces:\n- yes: x\n", "line 2, column 3: a key is a word"),
        ("workspaces:\n- null: x\n", "a key is a word"),
        ("workspaces:\n- ? [a]\n  : x\n", "a key is a word"),
        ("workspaces:\n- slug: a\n  ${NAME}: x\n", "no variable"),
        ("workspaces: &w [*w]\n", "contains itself"),
        ("workspaces: *nothing\n", "undefined alias"),
        ("workspaces: " + "[" * 3000 + "]" * 3000, "too deep"),
        (
            "workspaces:\n- slug: a\n  recipients:\n  - email: nobody\n",
            "line 4: workspaces.0.recipients.0.email",
        ),
        (
            "workspaces:\n- slug: a\n  users:\n  - {email: a@b.example, daily_credit_limit: true}\n",
            "line 4",
        ),
        (
            "workspaces:\n- slug: a\n  users:\n  - {email: a@b.example, daily_credit_limit: -1}\n",
            "line 4",
        ),
        ("workspaces:\n- slug: ' '\n", "line 2: workspaces.0.slug: is empty"),
        ("workspaces:\n- name: a\n", "line 2: workspaces.0.slug: is missing"),
        ("workspaces:\n- slug: a\n  nam: b\n", "line 3: workspaces.0.nam: there is no such key"),
        ("workspaces:\n- slug: '${SLUG}'\n", "line 2: workspaces.0.slug: SLUG is not set"),
        ('workspaces:\n- slug: "a\\x00b"\n', "workspaces.0.slug"),
    ],
)
def test_a_fault_has_its_line(tmp_path: Path, text: str, said: str) -> None:
    assert said in refusal(tmp_path, text)


def test_aliases_of_aliases_do_not_fill_the_memory(tmp_path: Path) -> None:
    levels = [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 30)]
    text = "\n".join(["a0: &a0 [x]", *levels])

    assert "unfold" in refusal(tmp_path, text)


@pytest.mark.parametrize(
    "value", ["a b", "a\\nb", "a\\u200bb", "a\\u00a0b", "a\\tb", " ", "\\ufeff"]
)
@pytest.mark.parametrize(
    "part",
    [
        'channels: [{type: webhook, name: n, url: u, secret: "%s"}]',
        'channels: [{type: webhook, name: n, url: "%s"}]',
        'connections: [{platform: p, adapter: x, credentials: {access_token: "%s"}}]',
    ],
)
def test_a_blank_inside_a_secret_is_refused(tmp_path: Path, part: str, value: str) -> None:
    message = refusal(tmp_path, f"workspaces:\n- slug: a\n  {part % value}\n")

    assert "line 3: workspaces.0." in message


def test_what_surrounds_a_secret_is_no_part_of_it(tmp_path: Path) -> None:
    text = """
workspaces:
  - slug: a
    channels: [{type: webhook, name: n, url: " https://x.example ", secret: "${SECRET}"}]
    connections: [{platform: p, adapter: x, credentials: {access_token: "\\u200btoken\\n"}}]
"""

    (workspace,) = load(tmp_path, text, SECRET=' "s3cret"\n').workspaces

    assert (workspace.channels[0].url, workspace.channels[0].secret) == (
        "https://x.example",
        "s3cret",
    )
    assert workspace.connections[0].credentials == {"access_token": "token"}


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1", "cp1252"])
def test_another_encoding_is_refused(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "workspace.yaml"
    file.write_bytes("workspaces: [{slug: a, name: Müller}]".encode(encoding))

    with pytest.raises(CliError, match="not YAML"):
        load_manifest(file, {})


def test_a_byte_order_mark_is_no_part_of_it(tmp_path: Path) -> None:
    file = tmp_path / "workspace.yaml"
    file.write_bytes(b"\xef\xbb\xbfworkspaces: [{slug: a}]")

    assert load_manifest(file, {}).workspaces[0].slug == "a"
