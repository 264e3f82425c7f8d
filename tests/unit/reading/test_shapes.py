from typing import Any

import pytest

from leadstream.reading import entries

FAULTS: list[Any] = [
    {"status": "error", "detail": "down"},
    {"status": "Failed"},
    {"detail": "down"},
    {"Error": "x"},
    {"ERRORS": ["x"]},
    {"errorMessage": "x"},
    {"error_message": "x"},
    {"errorCode": 17},
    {"message": "Service is starting"},
    {"Message": "Forbidden"},
    {"success": 0},
    {"success": "false"},
    {"ok": False},
    {"Success": " No "},
    {"results": None, "message": "rate limited"},
    {"results": None, "error": {"code": "busy"}},
    {"results": None, "status": "error"},
    {"results": [], "success": False},
    {"results": [], "ok": "false"},
]


@pytest.mark.parametrize("document", FAULTS)
def test_an_answer_that_speaks_of_a_fault_is_no_empty_list(document: Any) -> None:
    assert entries(document, "results") is None


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        {},
        {"results": None},
        {"results": []},
        {"results": {}},
        {"total": 0, "page": 1},
        {"results": None, "error": None, "errors": []},
        {"results": [], "error": None, "message": "nobody was found"},
        {"results": [], "success": True},
        {"results": [], "success": None},
        {"status": "ok"},
        {"success": 1, "status": 200, "error": ""},
        {"detail": None, "errorMessage": " "},
        {"errorCode": 0, "error_count": 0},
    ],
)
def test_an_empty_answer_brings_an_empty_list(document: Any) -> None:
    assert entries(document, "results") == []


@pytest.mark.parametrize("verdict", [{"success": False}, {"error": "two were left out"}])
def test_what_was_found_is_found_whatever_is_said_beside_it(verdict: Any) -> None:
    assert entries({"results": [1], **verdict}, "results") == [1]
