from leadstream.postgres import load_queries

SQL = load_queries("bench.hop", "tables.sql")
