from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from console.application.commands import curl, leadstream
from console.domain.words import ago, lasted, number, plural
from console.entrypoints.templating import _environment, url_with
from leadstream.admin.calls import Call

NOW = datetime(2026, 11, 29, 2, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "–"),
        (0, "0"),
        (999, "999"),
        (12345, "12\u202f345"),
        (-1234567, "-1\u202f234\u202f567"),
        (2**63, "9\u202f223\u202f372\u202f036\u202f854\u202f775\u202f808"),
        (1234.5, "1\u202f234.5"),
    ],
)
def test_numbers(value: float | None, shown: str) -> None:
    assert number(value) == shown


def test_plurals() -> None:
    assert [plural(n, "job") for n in (0, 1, 2)] == ["0 jobs", "1 job", "2 jobs"]
    assert plural(2, "company", "companies") == "2 companies"


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (None, "–"),
        (-5, "0 ms"),
        (0, "0 ms"),
        (0.0123, "12 ms"),
        (1.25, "1.2 s"),
        (59.4, "59 s"),
        (59.6, "1 min"),
        (61, "1 min 1 s"),
        (3600, "1 h"),
        (3660, "1 h 1 min"),
        (90_000, "1 d 1 h"),
        (400 * 86_400, "400 d"),
        (4000 * 86_400 + 3600, "4\u202f000 d 1 h"),
    ],
)
def test_durations(seconds: float | None, shown: str) -> None:
    assert lasted(seconds) == shown
    if seconds is not None:
        assert lasted(timedelta(seconds=seconds)) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "now"),
        (5, "5 s ago"),
        (-5, "in 5 s"),
        (90, "1 min ago"),
        (7 * 3600 + 59, "7 h ago"),
        (800 * 86_400, "800 d ago"),
    ],
)
def test_how_long_ago(seconds: int, shown: str) -> None:
    assert ago(NOW - timedelta(seconds=seconds), NOW) == shown


@pytest.mark.parametrize(
    ("query", "changes", "url"),
    [
        ({}, {}, "/jobs"),
        ({"a": "1"}, {}, "/jobs?a=1"),
        ({"a": "1", "cursor": "x"}, {"cursor": None}, "/jobs?a=1"),
        ({"a": "1"}, {"a": "2", "b": 0}, "/jobs?a=2&b=0"),
        ({"a": "&=#+ü \n"}, {}, "/jobs?a=%26%3D%23%2B%C3%BC+%0A"),
        ({"a": ""}, {"b": ""}, "/jobs"),
        (None, {"path": "x", "query": "y"}, "/jobs?path=x&query=y"),
    ],
)
def test_links_keep_the_filter(query: Any, changes: Any, url: str) -> None:
    assert url_with("/jobs", query, **changes) == url


def shown(template: str, **context: Any) -> str:
    return _environment().from_string(template).render(**context)


def test_moments_are_exact_on_hover_whatever_their_zone() -> None:
    moment = datetime.fromisoformat("2026-11-29T03:10:05.5+01:00")

    html = shown("{{ at | time('clock') }} {{ none | time }}", at=moment)

    assert html == (
        '<time datetime="2026-11-29T02:10:05.500000+00:00" title="2026-11-29 02:10:05 UTC" '
        'data-form="clock">2026-11-29 02:10</time> –'
    )


@pytest.mark.parametrize(
    "hostile",
    ["<script>alert(1)</script>", "\"onload='x'", "</textarea><img src=x>", "{{ 7 * 7 }}", "&lt;"],
)
def test_text_stays_text(hostile: str) -> None:
    html = shown("<a title=\"{{ x }}\">{{ x }}</a>{{ {'k': x} | pretty }}", x=hostile)

    assert hostile not in html.replace("{{ 7 * 7 }}", "") or hostile == "{{ 7 * 7 }}"
    assert "49" not in html
    assert "<script" not in html
    assert "<img" not in html


def test_json_is_shown_with_its_numbers_as_they_came() -> None:
    html = shown("{{ {'big': 12345678901234567890, 'text': 'ü'} | pretty }}")

    assert "12345678901234567890" in html
    assert "ü" in html


def test_a_command_can_be_pasted_as_it_is() -> None:
    command = leadstream(
        "jobs", "list", state="failed", kind=None, workspace_id="a b; rm -rf $HOME"
    )

    assert command == "leadstream jobs list --state failed --workspace-id 'a b; rm -rf $HOME'"


def test_a_call_can_be_pasted_as_it_is() -> None:
    looking: Call[Any] = Call("platform-upload", "GET", "jobs", Any, {"q": '"$(id)`'})
    change: Call[Any] = Call("delivery", "POST", "pauses", Any, {}, {"a": "it's"}, "why $not")

    assert curl(looking) == (
        'curl -H "Authorization: Bearer $LEADSTREAM_TOKEN" '
        '"$PLATFORM_UPLOAD_URL/api/admin/jobs?q=%22%24%28id%29%60"'
    )
    assert curl(change) == (
        """curl -H "Authorization: Bearer $LEADSTREAM_TOKEN" -X POST --json '{"a": "it'"'"'s"}' """
        """-H 'X-Reason: why $not' "$DELIVERY_URL/api/admin/pauses\""""
    )
