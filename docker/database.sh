#!/bin/sh
# Runs the database of docker-compose.yml: makes the cluster the first time, then serves the container network.
# FOREST_DATABASE_PASSWORD is what the role `forest` signs in with.
set -eu
if [ ! -f "$PGDATA/PG_VERSION" ]; then
  : "${FOREST_DATABASE_PASSWORD:?is not set}"
  secret=$(mktemp)
  printf '%s\n' "$FOREST_DATABASE_PASSWORD" >"$secret"
  rm -rf "$PGDATA.new"
  initdb --pgdata="$PGDATA.new" --username=forest --pwfile="$secret" --encoding=UTF8 --locale=C.UTF-8 \
    --data-checksums --auth-local=peer --auth-host=scram-sha-256 --no-instructions
  rm "$secret"
  echo 'host all all all scram-sha-256' >>"$PGDATA.new/pg_hba.conf"
  # the database is made by a server of its own, before anybody can connect
  echo 'create database forest' | postgres --single -D "$PGDATA.new" postgres >/dev/null
  mv "$PGDATA.new" "$PGDATA"
fi
exec postgres -c listen_addresses='*' -c unix_socket_directories=/tmp -c random_page_cost=1.1 -c jit=off \
  -c wal_compression=on -c shared_buffers=256MB -c max_connections=60
