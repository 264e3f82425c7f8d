"""docs/api is what the services serve, and says what a caller needs to know."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from leadstream_dev.api_docs import FOLDER, SERVICES, documents, outdated

ROOT = Path(__file__).parents[3]
SUCCESS = {"200", "201", "202"}
REFUSALS = {"401", "403", "404", "422", "429"}

every_document = pytest.mark.parametrize("name", [service.name for service in SERVICES])


def _operations(name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    document = orjson.loads((ROOT / FOLDER / f"{name}.json").read_bytes())
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method} {path}", operation


def _schema(answer: dict[str, Any]) -> Any:
    return answer["content"]["application/json"]["schema"]


async def test_documents_are_up_to_date() -> None:
    assert outdated(ROOT, await documents()) == []


def test_a_document_that_differs_is_found(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("{}")

    wanted = {Path("a.json"): "{ }", Path("missing.json"): "{}"}

    assert outdated(tmp_path, wanted) == list(wanted)


@every_document
def test_operations_are_named_summarised_and_grouped(name: str) -> None:
    operations = [operation for _, operation in _operations(name)]

    names = [operation["operationId"] for operation in operations]
    assert len(set(names)) == len(names)
    assert all(operation["summary"] and operation["tags"] for operation in operations)


@every_document
def test_admin_operations_want_a_token_and_name_every_refusal(name: str) -> None:
    for where, operation in _operations(name):
        if "/api/admin" in where:
            assert operation["security"] == [{"HTTPBearer": []}], where
            assert set(operation["responses"]) >= REFUSALS, where


@every_document
def test_successes_have_a_shape_and_refusals_the_one_shape(name: str) -> None:
    for where, operation in _operations(name):
        if "/api/admin" not in where:
            continue
        for status, answer in operation["responses"].items():
            if status in SUCCESS and "text/csv" in answer["content"]:
                continue
            schema = _schema(answer)
            if status in SUCCESS:
                assert "$ref" in schema, f"{where} {status}: {schema}"
            else:
                assert schema == {"$ref": "#/components/schemas/ErrorBody"}, f"{where} {status}"
