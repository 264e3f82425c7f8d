"""What platform-upload has of a workspace, its bills among it."""

from leadstream.postgres import load_queries
from leadstream.removal import Holdings, Step

SQL = load_queries("platform_upload.adapters", "removal.sql")

HOLDINGS = Holdings(
    count=SQL.count_rows,
    steps=(
        Step(name="rate_limits", statement=SQL.remove_buckets),
        Step(name="connections", statement=SQL.remove_connections),
        Step(name="person_erasures", statement=SQL.remove_person_erasures),
        Step(name="uploads", statement=SQL.remove_uploads),
        Step(name="billing_events", statement=SQL.remove_billing_events),
    ),
    scopes=SQL.scopes,
)
