from typing import Any
from uuid import UUID

from delivery.application.deliver_together import DeliverTogether
from leadstream.clock import SystemClock
from unit.delivery.drafts import a_draft


def test_a_hundred_emails_are_written_in_few_turns_and_not_in_one() -> None:
    """Where others have much to do each turn takes its time, and a batch has a time limit."""
    unused: Any = None
    together = DeliverTogether(unused, unused, unused, unused, SystemClock())
    drafts = [a_draft(id=UUID(int=n), message=b"%d" % n) for n in range(100)]

    writing, turns = together._messages(drafts), 0
    while True:
        try:
            writing.send(None)
        except StopIteration as end:
            messages = end.value
            break
        turns += 1

    assert messages == [draft.message for draft in drafts]
    assert 5 <= turns <= 20
