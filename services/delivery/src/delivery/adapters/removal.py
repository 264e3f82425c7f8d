"""What delivery has of a workspace."""

from leadstream.postgres import load_queries
from leadstream.removal import Holdings, Step

SQL = load_queries("delivery.adapters", "removal.sql")

HOLDINGS = Holdings(
    count=SQL.count_rows,
    steps=(
        Step(name="senders", statement=SQL.remove_sender),
        Step(name="recipients", statement=SQL.remove_recipients),
        Step(name="channels", statement=SQL.remove_channels),
        Step(name="suppressions", statement=SQL.remove_suppressions),
        Step(name="digests", statement=SQL.remove_digests),
        Step(name="deliveries", statement=SQL.remove_deliveries),
        Step(name="alerts", statement=SQL.remove_alerts, walks=True),
    ),
    scopes=SQL.scopes,
)
