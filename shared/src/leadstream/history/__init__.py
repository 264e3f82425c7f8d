from leadstream.history.cancel import cancel_jobs
from leadstream.history.groups import Group, GroupBatches, Verb, count_group
from leadstream.history.queries import SQL
from leadstream.history.rerun import (
    Ended,
    NotEndedError,
    Place,
    count_ended,
    rerun_batch,
    rerun_with,
)
from leadstream.history.summary import Summary, summarise
from leadstream.history.waiting import Behind, behind

__all__ = [
    "SQL",
    "Behind",
    "Ended",
    "Group",
    "GroupBatches",
    "NotEndedError",
    "Place",
    "Summary",
    "Verb",
    "behind",
    "cancel_jobs",
    "count_ended",
    "count_group",
    "rerun_batch",
    "rerun_with",
    "summarise",
]
