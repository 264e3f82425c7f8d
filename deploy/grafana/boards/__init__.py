"""The dashboards, as code: `python -m boards --write` makes deploy/grafana/dashboards/*.json of them."""
