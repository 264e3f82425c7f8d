from leadstream.history.cancel import cancel_jobs
from leadstream.history.queries import SQL
from leadstream.history.rerun import Ended, Place, count_ended, rerun_batch

__all__ = ["SQL", "Ended", "Place", "cancel_jobs", "count_ended", "rerun_batch"]
