"""Whatever bytes come, there is an event or a reason, and never an exception."""

from pathlib import Path
from typing import Any

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from leadstream.contracts import EVENTS, Decoded, Record, Rejected, decode
from leadstream.contracts.envelope import STRUCTURED
from support.encoded import encode

EXAMPLES = Path(__file__).parents[3] / "schemas" / "examples"

topics = st.sampled_from([*EVENTS, "lead.lost", ""])
names = st.sampled_from(
    ["ce_id", "ce_type", "ce_time", "ce_source", "ce_specversion", "content-type", "traceparent"]
)
content_types = st.sampled_from(
    [STRUCTURED.encode(), b"application/json", b"application/cloudevents"]
)
headers = st.lists(
    st.tuples(names | st.text(max_size=20), st.none() | st.binary(max_size=60) | content_types),
    max_size=12,
)
anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats()
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=30),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)


# Other tests may have the machine; how long decoding takes is test_hostile_values' business.
unhurried = settings(deadline=None)


@unhurried
@given(topics, st.none() | st.binary(), headers, st.integers(-(2**63), 2**63 - 1))
def test_any_bytes_are_an_event_or_a_reason(
    topic: str, value: bytes | None, sent: list[tuple[str, bytes | None]], timestamp: int
) -> None:
    record = Record(topic=topic, value=value, headers=sent, timestamp=timestamp)

    assert isinstance(decode(record), Decoded | Rejected)


@unhurried
@given(st.data(), headers)
def test_any_part_of_an_event_may_be_anything(
    data: st.DataObject, sent: list[tuple[str, bytes | None]]
) -> None:
    topic = data.draw(st.sampled_from(list(EVENTS)))
    event = orjson.loads((EXAMPLES / topic / "v1" / "full.json").read_bytes())
    spoil(data, event)
    document = {"data": event} if data.draw(st.booleans()) else event

    result = decode(Record(topic=topic, value=orjson.dumps(document), headers=sent))

    assert isinstance(result, Decoded | Rejected)
    if isinstance(result, Decoded):
        assert_survives(result)


def spoil(data: st.DataObject, value: Any) -> None:
    """Put something else into one place below `value`."""
    place = data.draw(
        st.sampled_from(list(value if isinstance(value, dict) else range(len(value))))
    )
    if isinstance(value[place], dict | list) and value[place] and data.draw(st.booleans()):
        spoil(data, value[place])
    else:
        value[place] = data.draw(anything)


def assert_survives(decoded: Decoded[Any]) -> None:
    assert orjson.loads(decoded.event.as_json()) == decoded.event.model_dump(mode="json")
    sent = encode(decoded.event, event_id=decoded.id, producer="discovery", time=decoded.time)
    again = decode(Record(topic=sent.topic, key=sent.key, value=sent.value, headers=sent.headers))

    assert isinstance(again, Decoded), again
    assert (again.event, again.id, again.time) == (decoded.event, decoded.id, decoded.time)
