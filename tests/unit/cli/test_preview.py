from typing import Any

from leadstream.cli.preview import rows_of

LEAD = "0b8c6f8e-7a51-4f6e-9f0e-6f2a6c0d9f11"


def a_preview(action: str, **parts: Any) -> dict[str, Any]:
    nothing: dict[str, Any] = {"changes": [], "adjustments": [], "refusal": None, "message": None}
    return {"lead_id": LEAD, "action": action, **nothing, **parts}


def test_a_change_is_a_line_and_the_lead_is_named_once() -> None:
    changes = [
        {"field": "Company", "before": "ACME", "after": "Acme"},
        {"field": "NumberOfEmployees", "before": None, "after": 250},
    ]

    rows = list(rows_of(a_preview("update", changes=changes, message="contacts: 1")))

    assert rows == [
        (LEAD, "update", "Company", "ACME", "Acme"),
        (None, None, "NumberOfEmployees", None, "250"),
        (None, None, None, None, "contacts: 1"),
    ]


def test_what_is_unchanged_has_its_line() -> None:
    assert list(rows_of(a_preview("unchanged"))) == [(LEAD, "unchanged", None, None, None)]


def test_a_refusal_says_which_field_and_why() -> None:
    refusal = {"field": None, "ours": "intent_score", "code": "cold", "message": "never"}

    rows = list(rows_of(a_preview("refused", refusal=refusal)))

    assert rows == [(LEAD, "refused", "intent_score", "cold", "never")]
