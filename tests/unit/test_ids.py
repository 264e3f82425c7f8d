from uuid import UUID, uuid5

from hypothesis import given
from hypothesis import strategies as st

from leadstream.ids import NAMESPACE, connection_id, derived_id, new_id, workspace_id


def test_the_same_thing_has_the_same_id_everywhere() -> None:
    # Written down: a change of this value orphans every derived id in every database.
    assert derived_id("workspace", "acme-growth") == workspace_id("acme-growth")
    assert workspace_id("acme-growth") == UUID("86b5786e-ce87-5279-8883-05198a963e04")


def test_parts_do_not_run_into_each_other() -> None:
    assert derived_id("job", "a", "bc") != derived_id("job", "ab", "c")
    assert derived_id("job", "a") != derived_id("joba")


def test_a_connection_is_known_before_it_exists() -> None:
    workspace = workspace_id("acme")

    assert connection_id(workspace, "tech-platform") != connection_id(workspace, "retail-platform")


def test_new_ids_are_ordered_by_time() -> None:
    ids = [new_id() for _ in range(100)]

    assert ids == sorted(ids)
    assert {each.version for each in ids} == {7}


@given(st.text(), st.lists(st.text() | st.integers() | st.uuids(), max_size=4))
def test_derived_ids_are_uuid5_as_the_standard_library_has_it(
    kind: str, parts: list[str | int | UUID]
) -> None:
    texts = [kind, *(str(part) for part in parts)]
    name = "".join(f"{len(text)}:{text}" for text in texts)

    assert derived_id(kind, *parts) == uuid5(NAMESPACE, name)
