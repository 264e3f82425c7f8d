#!/bin/sh
# Runs once, when the cluster is made: the role by which the exporter reads the server's figures, and nothing else.
set -eu
psql --set=ON_ERROR_STOP=1 --username="$POSTGRES_USER" --dbname="$POSTGRES_DB" --set=password="$MONITORING_PASSWORD" <<'SQL'
CREATE ROLE monitoring LOGIN PASSWORD :'password';
GRANT pg_monitor TO monitoring;
SQL
