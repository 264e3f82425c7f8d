"""What the scheduler has of a workspace: schedules that run its work alone."""

from leadstream.postgres import load_queries
from leadstream.removal import Holdings, Step

SQL = load_queries("scheduler.adapters", "removal.sql")

HOLDINGS = Holdings(
    count=SQL.count_rows,
    steps=(
        Step(name="ticks", statement=SQL.remove_ticks),
        Step(name="schedules", statement=SQL.remove_schedules),
    ),
)
