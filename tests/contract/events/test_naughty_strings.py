"""The big list of naughty strings in every text field of every event."""

from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from leadstream.contracts import EVENTS, Decoded, Event, Record, Rejected, decode
from leadstream.contracts.registry import default_root
from leadstream.reading import is_blank
from support.encoded import encode
from support.vectors import vectors

STRINGS: list[str] = orjson.loads((vectors("naughty_strings") / "blns.json").read_bytes())
Place = list[Any]
COMPANY_NAMES: list[Place] = [["company", "name"], ["lead", "company_name"]]

every_event = pytest.mark.parametrize("event", EVENTS.values(), ids=EVENTS)


def example(event: type[Event]) -> Any:
    path = default_root() / "examples" / event.topic_name / f"v{event.version}" / "full.json"
    return orjson.loads(path.read_bytes())


def text_places(value: Any, above: Place | None = None) -> Iterator[Place]:
    """Where there is text, but for ids, times and words from a list, which take no other."""
    above = above or []
    for name in value if isinstance(value, dict) else range(len(value)):
        place = [*above, name]
        if isinstance(value[name], dict | list):
            yield from text_places(value[name], place)
        elif isinstance(value[name], str):
            yield place


def put(value: Any, place: Place, text: str) -> None:
    for name in place[:-1]:
        value = value[name]
    value[place[-1]] = text


def get(value: Any, place: Place) -> Any:
    for name in place:
        value = value[name]
    return value


def takes_any_text(event: type[Event], place: Place) -> bool:
    value = example(event)
    put(value, place, "any text whatever")
    result = decode(Record(topic=event.topic_name, value=orjson.dumps(value)))
    return (
        isinstance(result, Decoded)
        and "any text whatever"
        in orjson.dumps(get(orjson.loads(result.event.model_dump_json()), place)).decode()
    )


def kept(event: type[Event], value: Any, place: Place) -> Any:
    got = decode(Record(topic=event.topic_name, value=orjson.dumps(value)))
    assert isinstance(got, Decoded), got
    sent = encode(got.event, event_id="e", producer="discovery", time=got.time)
    return get(orjson.loads(sent.value), place)


@every_event
def test_naughty_text_survives_in_every_text_field(event: type[Event]) -> None:
    places = [place for place in text_places(example(event)) if takes_any_text(event, place)]
    assert places

    for place in places:
        value = example(event)
        for text in filter(None, STRINGS):
            put(value, place, text)
            # A company whose name nobody sees has none.
            unseen = place in COMPANY_NAMES and is_blank(text)
            assert kept(event, value, place) == ("" if unseen else text), f"{place}"


@every_event
def test_naughty_text_in_any_other_field_is_refused_without_being_quoted(
    event: type[Event],
) -> None:
    others = [place for place in text_places(example(event)) if not takes_any_text(event, place)]

    for place in others:
        value = example(event)
        for text in (text for text in STRINGS if len(text) > 20):
            put(value, place, text)
            result = decode(Record(topic=event.topic_name, value=orjson.dumps(value)))
            assert isinstance(result, Decoded) or text not in result.error


@every_event
@pytest.mark.parametrize("escape", [b"\\u0000", b"\\ud800", b"\\udfff\\ud800"])
def test_text_that_postgres_can_t_hold_is_rejected_in_every_field(
    event: type[Event], escape: bytes
) -> None:
    for place in text_places(example(event)):
        value = example(event)
        put(value, place, "here")

        result = decode(
            Record(
                topic=event.topic_name,
                value=orjson.dumps(value).replace(b'"here"', b'"' + escape + b'"'),
            )
        )

        assert isinstance(result, Rejected)
        assert result.reason == "unsupported_text"
