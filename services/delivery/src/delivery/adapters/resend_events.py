"""The inbox of Resend's events."""

from leadstream.postgres import load_queries

SQL = load_queries("delivery.adapters", "resend_events.sql")
