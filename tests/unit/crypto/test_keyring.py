import base64
from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from leadstream.crypto import Cell, Keyring, UndecryptableError, key_id_of
from leadstream.errors import PermanentError
from support.keys import generate_key

CELL = Cell(
    workspace_id=UUID("0b8c6f8e-7a51-4f6e-9f0e-6f2a6c0d9f11"),
    table="connections",
    column="credentials",
    row_id=UUID("3d5e9f6a-1111-4222-8333-944455556666"),
)
OLD_KEY = "2026-01:" + base64.b64encode(bytes(range(32))).decode()
NEW_KEY = "2026-02:" + base64.b64encode(bytes(range(1, 33))).decode()
SECRET = b'{"access_token": "pat-na1-abc"}'


def test_a_value_comes_back_from_its_cell() -> None:
    keys = Keyring.parse(OLD_KEY)

    assert keys.decrypt(keys.encrypt(SECRET, CELL), CELL) == SECRET


def test_json_comes_back_as_it_was() -> None:
    keys = Keyring.parse(generate_key("k"))
    credentials = {"client_id": "Zoë", "scopes": ["a", "b"]}

    assert keys.decrypt_json(keys.encrypt_json(credentials, CELL), CELL) == credentials


def test_the_same_value_never_looks_the_same() -> None:
    keys = Keyring.parse(OLD_KEY)

    assert len({keys.encrypt(SECRET, CELL) for _ in range(100)}) == 100


def test_nothing_of_the_value_shows() -> None:
    blob = Keyring.parse(OLD_KEY).encrypt(SECRET, CELL)

    assert b"pat-na1" not in blob


@pytest.mark.parametrize(
    "elsewhere",
    [
        replace(CELL, workspace_id=uuid4()),
        replace(CELL, table="channels"),
        replace(CELL, column="settings"),
        replace(CELL, row_id=uuid4()),
    ],
    ids=["workspace", "table", "column", "row"],
)
def test_a_value_moved_to_another_cell_does_not_decrypt(elsewhere: Cell) -> None:
    keys = Keyring.parse(OLD_KEY)
    blob = keys.encrypt(SECRET, CELL)

    with pytest.raises(UndecryptableError, match="does not decrypt"):
        keys.decrypt(blob, elsewhere)


def test_every_changed_byte_is_noticed() -> None:
    keys = Keyring.parse(f"{OLD_KEY},{NEW_KEY}")
    blob = keys.encrypt(SECRET, CELL)

    for place in range(len(blob)):
        damaged = bytearray(blob)
        damaged[place] ^= 1
        with pytest.raises(UndecryptableError):
            keys.decrypt(bytes(damaged), CELL)


def test_every_shortened_value_is_noticed() -> None:
    keys = Keyring.parse(OLD_KEY)
    blob = keys.encrypt(SECRET, CELL)

    for length in range(len(blob)):
        with pytest.raises(UndecryptableError):
            keys.decrypt(blob[:length], CELL)


def test_the_first_key_encrypts_and_all_decrypt() -> None:
    before = Keyring.parse(OLD_KEY).encrypt(SECRET, CELL)
    keys = Keyring.parse(f"{NEW_KEY} , {OLD_KEY}")

    assert keys.decrypt(before, CELL) == SECRET
    assert key_id_of(before) == "2026-01"
    assert key_id_of(keys.encrypt(SECRET, CELL)) == "2026-02"


def test_rewrapping_moves_a_value_to_the_current_key_once() -> None:
    before = Keyring.parse(OLD_KEY).encrypt(SECRET, CELL)
    keys = Keyring.parse(f"{NEW_KEY},{OLD_KEY}")

    rewrapped = keys.rewrap(before, CELL)

    assert rewrapped is not None
    assert Keyring.parse(NEW_KEY).decrypt(rewrapped, CELL) == SECRET
    assert keys.rewrap(rewrapped, CELL) is None


def test_a_missing_key_is_named() -> None:
    before = Keyring.parse(OLD_KEY).encrypt(SECRET, CELL)

    with pytest.raises(UndecryptableError, match="needs the key 2026-01") as caught:
        Keyring.parse(NEW_KEY).decrypt(before, CELL)

    assert isinstance(caught.value, PermanentError)
    assert str(CELL.row_id) in str(caught.value)


def test_another_key_under_the_same_id_does_not_decrypt() -> None:
    blob = Keyring.parse(OLD_KEY).encrypt(SECRET, CELL)
    other = Keyring.parse("2026-01:" + NEW_KEY.partition(":")[2])

    with pytest.raises(UndecryptableError, match="does not decrypt"):
        other.decrypt(blob, CELL)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "key 1 is not of the form"),
        ("abcdef", "key 1 is not of the form"),
        (f"{OLD_KEY},", "key 2 is not of the form"),
        (":" + OLD_KEY.partition(":")[2], "key 1 is not of the form"),
        ("a b:" + OLD_KEY.partition(":")[2], "key 1 is not of the form"),
        ("a" * 33 + ":" + OLD_KEY.partition(":")[2], "key 1 is not of the form"),
        ("k1:SECRET!SECRET", r"key 1 \(k1\) is not base64"),
        ("k1:" + base64.b64encode(bytes(31)).decode(), "k1 has 31 bytes, not 32"),
        (f"{OLD_KEY},{OLD_KEY}", "two keys have the id 2026-01"),
    ],
)
def test_a_keyring_that_cannot_be_read_says_where_and_not_what(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason) as caught:
        Keyring.parse(text)

    material = text.partition(":")[2].partition(",")[0]
    assert not material or material not in str(caught.value)
    assert "SECRET" not in str(caught.value)


def test_a_keyring_shows_ids_only() -> None:
    assert repr(Keyring.parse(f"{NEW_KEY},{OLD_KEY}")) == "Keyring(2026-02, 2026-01)"


@pytest.mark.parametrize("name", ["", "a|b", "a.b", "Credentials", "a\n"])
def test_a_cell_has_plain_names(name: str) -> None:
    with pytest.raises(ValueError, match="plain SQL names"):
        replace(CELL, column=name)
