"""What people ask of the jobs there were, and what they have done with them."""

from leadstream.postgres import load_queries

SQL = load_queries("leadstream.history", "history.sql")
