from pathlib import Path

import pytest

from leadstream_dev.sandbox.journal import Journal


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "ledger.jsonl"


def opened(path: Path) -> tuple[Journal, list[int]]:
    journal = Journal(path)
    return journal, [line["seq"] for line in journal.replay()]


def test_a_line_is_in_the_file_once_append_returns(path: Path) -> None:
    journal, _ = opened(path)

    journal.append({"seq": 1})

    assert path.read_bytes() == b'{"seq":1}\n'


def test_lines_are_numbered_across_runs(path: Path) -> None:
    journal, _ = opened(path)
    journal.append({"seq": journal.next_seq})
    journal.append({"seq": journal.next_seq})
    journal.close()

    again, replayed = opened(path)

    assert replayed == [1, 2]
    assert again.next_seq == 3
    again.append({"seq": 3, "what": "new"})
    assert again.read(3) == {"seq": 3, "what": "new"}
    assert again.read(1) == {"seq": 1}


def test_a_torn_line_is_cut(path: Path) -> None:
    journal, _ = opened(path)
    journal.append({"seq": 1})
    journal.close()
    with path.open("ab") as file:
        file.write(b'{"seq":')

    again, replayed = opened(path)
    again.append({"seq": 2})

    assert replayed == [1]
    assert path.read_bytes() == b'{"seq":1}\n{"seq":2}\n'


def test_clearing_starts_again(path: Path) -> None:
    journal, _ = opened(path)
    journal.append({"seq": 1, "old": True})

    journal.clear()
    journal.append({"seq": journal.next_seq})

    assert journal.read(1) == {"seq": 1}
    assert path.read_bytes() == b'{"seq":1}\n'
