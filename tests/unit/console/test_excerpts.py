import pytest

from console.domain.excerpts import masked_excerpt


@pytest.mark.parametrize(
    ("text", "hidden", "kept"),
    [
        ('{"token": "t0k3n", "status": "no"}', "t0k3n", '"status": "no"'),
        ('{"a": 1, "api_key": "k3y", "status": "cut o', "k3y", '"status": "cut o'),
        ('{"a": 1, "secret": "cut of', "cut of", '"a": 1'),
        ('503 {"password": "a \\" b", "x": "y"}', 'a \\" b', '"x": "y"'),
        ("no mailbox for kit@example.com here", "kit@example.com", "no mailbox for"),
        ('{"errors": [{"to": "kit@example.com"}], "n": 5', "kit@example.com", '"n": 5'),
        ('{"first_name" : "Kit", "n": 1', "Kit", '"n": 1'),
    ],
)
def test_people_and_secrets_are_hidden_wherever_an_answer_was_cut_off(
    text: str, hidden: str, kept: str
) -> None:
    masked = masked_excerpt(text)

    assert hidden not in masked
    assert kept in masked
    assert "•••" in masked


@pytest.mark.parametrize("text", ["", "plain words", '{"status": "ok"}', "[1, 2"])
def test_what_hides_nobody_stays(text: str) -> None:
    assert masked_excerpt(text) == text


def test_a_megabyte_that_never_ends_is_read_once() -> None:
    assert masked_excerpt('{"a": "' + '\\"' * 500_000).startswith('{"a"')


def test_what_is_nested_too_deep_is_text() -> None:
    deep = '{"a":' * 100_000 + '{"token": "t0k3n"'

    assert "t0k3n" not in masked_excerpt(deep)
