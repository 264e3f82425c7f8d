from leadstream.history.cancel import cancel_jobs
from leadstream.history.queries import SQL
from leadstream.history.rerun import (
    Ended,
    NotEndedError,
    Place,
    count_ended,
    rerun_batch,
    rerun_with,
)

__all__ = [
    "SQL",
    "Ended",
    "NotEndedError",
    "Place",
    "cancel_jobs",
    "count_ended",
    "rerun_batch",
    "rerun_with",
]
