import gc

from leadstream.runtime.garbage import leave_out_what_is_loaded


def test_what_is_loaded_is_not_searched_for_garbage() -> None:
    loaded: dict[str, list[int]] = {"a": []}
    frequency = gc.get_threshold()
    assert any(each is loaded for each in gc.get_objects())

    leave_out_what_is_loaded()
    try:
        searched = gc.get_objects()
    finally:
        gc.unfreeze()

    assert not any(each is loaded for each in searched)
    assert gc.get_threshold() == frequency
