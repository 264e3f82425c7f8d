"""The comparison itself: a contract test is worth what it can find."""

import pytest

from contract.sandbox.cases import differences


def test_equal_shapes_do_not_differ() -> None:
    assert list(differences({"a": [{"b": 1}]}, {"a": [{"b": 2.5}, {"c": 1}]})) == []


@pytest.mark.parametrize(
    ("expected", "found"),
    [
        ({"a": 1}, {}),
        ({"a": 1}, {"a": 1, "b": 2}),
        ({"a": 1}, {"a": "1"}),
        ({"a": True}, {"a": 1}),
        ({"a": [1]}, {"a": []}),
        ({"a": [{"b": 1}]}, {"a": [{"c": 1}]}),
        ([], {}),
    ],
)
def test_another_shape_is_found(expected: object, found: object) -> None:
    assert list(differences(expected, found))


def test_extra_keys_are_let_pass_only_where_named() -> None:
    found = {"a": {"b": 1, "c": 2}, "d": 3}

    assert list(differences({"a": {"b": 1}}, found, (".a.c",))) == [".d is besides"]
    assert list(differences({"a": {"b": 1}}, found, (".a.*", ".d"))) == []
