"""The CloudEvents project's own conformance features for the Kafka binding."""

import re
from typing import Any

import orjson
import pytest
import yaml

from leadstream.contracts import Decoded, Reason, Record, Rejected, decode
from leadstream.contracts.registry import default_root
from support.vectors import vectors

FOLDER = vectors("cloudevents")
FEATURE = (FOLDER / "features" / "kafka-protocol-binding.feature").read_text(encoding="utf-8")
SAMPLES = list(yaml.safe_load_all((FOLDER / "yaml" / "v1.yaml").read_text(encoding="utf-8")))
LEAD = orjson.loads((default_root() / "examples/lead.discovered/v1/full.json").read_bytes())
TYPE = "lead.discovered.v1"


def scenario(name: str) -> str:
    return FEATURE.split(f"{name}\n")[1].split("Scenario")[0]


def table(text: str, title: str) -> dict[str, str]:
    rows = re.findall(
        r"^\s*\|\s*(\S+)\s*\|\s*(.+?)\s*\|\s*$", text.split(title)[1].split("And")[0], re.M
    )
    return {name: value for name, value in rows if name != "key"}


def attributes(got: Decoded[Any]) -> dict[str, Any]:
    return {"id": got.id, "source": got.source, "time": got.time.isoformat().replace("+00:00", "Z")}


def wanted(text: str) -> dict[str, str]:
    return {
        name: value
        for name, value in table(text, "Then the attributes are:").items()
        if name in {"id", "source", "time"}
    }


def test_binary_content_mode() -> None:
    text = scenario("Scenario: Binary content mode")
    headers = table(text, "Kafka headers:") | {"ce_type": TYPE}

    got = decode(
        Record(
            topic="lead.discovered",
            value=orjson.dumps(LEAD),
            headers=[(name, value.encode()) for name, value in headers.items()],
        )
    )

    assert isinstance(got, Decoded), got
    assert attributes(got) == wanted(text)


@pytest.mark.parametrize(
    "content_type", re.findall(r"^\s*\|\s*(application/cloudevents\S.*?)\s*\|", FEATURE, re.M)
)
def test_structured_content_mode(content_type: str) -> None:
    text = scenario("Scenario Outline: Structured content mode (<contentType>)")
    document = orjson.loads(text.split('"""')[1]) | {"type": TYPE, "data": LEAD}

    got = decode(
        Record(
            topic="lead.discovered",
            value=orjson.dumps(document),
            headers=[("content-type", content_type.encode())],
        )
    )

    assert isinstance(got, Decoded), got
    assert attributes(got) == wanted(text)


@pytest.mark.parametrize("sample", SAMPLES, ids=range(len(SAMPLES)))
def test_other_people_s_events_are_of_an_unknown_type(sample: dict[str, Any]) -> None:
    given = {
        name: str(value)
        for name, value in sample["ContextAttributes"].items()
        if name != "Extensions"
    }
    binary = Record(
        topic="lead.discovered",
        value=sample["Data"].encode(),
        headers=[(f"ce_{name}", value.encode()) for name, value in given.items()],
    )
    structured = Record(
        topic="lead.discovered",
        value=orjson.dumps(given | {"data": sample["Data"]}),
        headers=[("content-type", b"application/cloudevents+json")],
    )

    for record in (binary, structured):
        result = decode(record)
        assert isinstance(result, Rejected)
        assert result.reason is Reason.UNKNOWN_TYPE
