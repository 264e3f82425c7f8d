"""A chain of receipts in which anything was touched says so, and where."""

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadstream.erasure.chain import (
    BEGINNING,
    Entry,
    Flaw,
    Head,
    canonical,
    flaws_in,
    hash_of,
    next_entry,
)

_CONTENTS = st.lists(
    st.tuples(
        st.uuids(),
        st.dictionaries(
            st.text(max_size=8),
            st.none() | st.integers(-(2**31), 2**31) | st.text(max_size=8),
            max_size=4,
        ),
    ),
    min_size=1,
    max_size=8,
)
Altered = Callable[[list[Entry]], list[Entry]]
Written = list[tuple[UUID, dict[str, object]]]


def a_chain(contents: Written) -> tuple[list[Entry], Head]:
    head, entries = Head(), []
    for receipt_id, content in contents:
        entry = next_entry(head, receipt_id, content)
        head = Head(length=entry.seq, hash=entry.hash)
        entries.append(entry)
    return entries, head


@given(_CONTENTS)
def test_what_nobody_has_touched_has_no_flaw(contents: Written) -> None:
    entries, head = a_chain(contents)

    assert flaws_in(entries, head) == []
    assert [entry.document["seq"] for entry in entries] == list(range(1, len(entries) + 1))


def test_no_entries_are_a_chain_too() -> None:
    assert flaws_in([], Head()) == []


@given(_CONTENTS, st.data())
def test_a_byte_of_a_content_that_is_another_is_found_at_its_entry(
    contents: Written, data: st.DataObject
) -> None:
    entries, head = a_chain(contents)
    at = data.draw(st.integers(0, len(entries) - 1))
    text = entries[at].content.encode()
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.integers(1, 255))
    altered = text[:place] + bytes([text[place] ^ other]) + text[place + 1 :]
    # As what Postgres would hold: text. What is none can't be stored there.
    entries[at] = replace(entries[at], content=altered.decode("utf-8", "surrogateescape"))

    assert at + 1 in {flaw.seq for flaw in flaws_in(entries, head)}


@given(_CONTENTS, st.data())
def test_a_byte_of_a_hash_that_is_another_is_found(contents: Written, data: st.DataObject) -> None:
    entries, head = a_chain(contents)
    at = data.draw(st.integers(0, len(entries) - 1))
    name = data.draw(st.sampled_from(["hash", "previous"]))
    before: bytes = getattr(entries[at], name)
    place = data.draw(st.integers(0, 31))
    other = data.draw(st.integers(1, 255))
    after = before[:place] + bytes([before[place] ^ other]) + before[place + 1 :]
    touched = {"hash": entries[at].hash, "previous": entries[at].previous} | {name: after}
    entries[at] = replace(entries[at], hash=touched["hash"], previous=touched["previous"])

    assert at + 1 in {flaw.seq for flaw in flaws_in(entries, head)}


@given(_CONTENTS, st.data())
def test_an_entry_that_is_missing_is_missed(contents: Written, data: st.DataObject) -> None:
    entries, head = a_chain(contents)
    at = data.draw(st.integers(0, len(entries) - 1))
    rest = entries[:at] + entries[at + 1 :]

    found = {flaw.seq for flaw in flaws_in(rest, head)}

    assert (rest[at].seq if at < len(rest) else None) in found


@given(_CONTENTS.filter(lambda contents: len(contents) > 1), st.data())
def test_entries_that_have_changed_places_are_found(contents: Written, data: st.DataObject) -> None:
    entries, head = a_chain(contents)
    places = st.lists(st.integers(0, len(entries) - 1), min_size=2, max_size=2, unique=True)
    one, other = data.draw(places)
    swapped = list(entries)
    # Their contents and hashes, each under the other's number: as somebody would who knows the table.
    swapped[one] = replace(entries[other], seq=entries[one].seq)
    swapped[other] = replace(entries[one], seq=entries[other].seq)

    assert {one + 1, other + 1} <= {flaw.seq for flaw in flaws_in(swapped, head)}


@given(_CONTENTS, st.data())
def test_one_that_was_written_anew_with_its_hash_is_found_by_the_next(
    contents: Written, data: st.DataObject
) -> None:
    entries, head = a_chain(contents)
    at = data.draw(st.integers(0, len(entries) - 1))
    forged = canonical({**entries[at].document, "forged": True})
    entries[at] = replace(entries[at], content=forged, hash=hash_of(entries[at].previous, forged))

    found = flaws_in(entries, head)

    assert {flaw.seq for flaw in found} == {at + 2 if at + 1 < len(entries) else None}


@given(_CONTENTS, st.uuids(), st.data())
def test_an_entry_under_another_receipt_is_found(
    contents: Written, other: UUID, data: st.DataObject
) -> None:
    entries, head = a_chain(contents)
    at = data.draw(st.integers(0, len(entries) - 1))
    entries[at] = replace(entries[at], receipt_id=other)

    expected = [] if other == contents[at][0] else [at + 1]
    assert [flaw.seq for flaw in flaws_in(entries, head)] == expected


@pytest.mark.parametrize("head", [Head(), Head(length=1, hash=BEGINNING), Head(length=3)])
def test_a_chain_that_is_shorter_or_longer_than_it_should_be_says_so_at_its_end(
    head: Head,
) -> None:
    entries, _ = a_chain([(UUID(int=1), {}), (UUID(int=2), {})])

    (flaw,) = flaws_in(entries, head)

    assert flaw == Flaw(None, f"it ends with entry 2, and should with {head.length}")


@pytest.mark.parametrize("content", ["", "null", "[]", "1", '"x"', "{", "[" * 2000, '{"seq":{}}'])
def test_a_content_that_is_no_document_is_said_and_stops_nothing(content: str) -> None:
    entries, head = a_chain([(UUID(int=1), {"a": 1}), (UUID(int=2), {"b": 2})])
    entries[0] = replace(entries[0], content=content)

    assert {flaw.seq for flaw in flaws_in(entries, head)} == {1}


@pytest.mark.parametrize(
    "altered",
    [
        lambda e: e[1:],
        lambda e: [e[1], e[0], e[2]],
        lambda e: [e[0], e[0], *e[1:]],
        lambda e: [replace(e[0], seq=2), replace(e[1], seq=1), e[2]],
        lambda e: [e[0], replace(e[1], receipt_id=UUID(int=9)), e[2]],
        lambda e: [],
    ],
)
def test_rows_that_were_taken_or_moved_are_noticed(altered: Altered) -> None:
    entries, head = a_chain([(UUID(int=n), {"n": n}) for n in range(3)])

    assert flaws_in(altered(entries), head)
