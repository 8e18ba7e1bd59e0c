# The database (target `db`) and the product (target `web`), both from Debian's own packages.
# FOREST_BASE_IMAGE names the same Debian elsewhere, where the usual registry cannot be reached.
ARG FOREST_BASE_IMAGE=debian:12-slim

FROM ${FOREST_BASE_IMAGE} AS db
RUN mkdir -p /etc/postgresql-common \
    && echo 'create_main_cluster = false' > /etc/postgresql-common/createcluster.conf \
    && apt-get update \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
       -o Dpkg::Options::=--force-confold postgresql-15 postgresql-15-postgis-3 \
    && rm -rf /var/lib/apt/lists/* \
    && install -d -o postgres -g postgres -m 700 /var/lib/forest-db
COPY docker/database.sh /usr/local/bin/database
ENV PATH=/usr/lib/postgresql/15/bin:$PATH PGDATA=/var/lib/forest-db/pgdata
USER postgres
VOLUME /var/lib/forest-db
EXPOSE 5432
STOPSIGNAL SIGINT
ENTRYPOINT ["database"]

FROM ${FOREST_BASE_IMAGE} AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates python3 python3-venv \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /opt/forest
COPY requirements.txt requirements-node.txt package.json package-lock.json .npmrc ./
RUN python3 -m venv .venv && .venv/bin/pip install --no-cache-dir --require-hashes -r requirements.txt
COPY maps/__init__.py maps/assets.py maps/
RUN python3 -m venv /tmp/node && /tmp/node/bin/pip install --no-cache-dir --require-hashes -r requirements-node.txt \
    && PATH=$PATH:/tmp/node/bin npm ci --ignore-scripts --no-audit --no-fund \
    && .venv/bin/python -m maps.assets install node_modules \
    && rm -rf node_modules /tmp/node

FROM ${FOREST_BASE_IMAGE} AS web
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates python3 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --create-home --home-dir /var/lib/forest --shell /usr/sbin/nologin forest
WORKDIR /opt/forest
COPY --from=build /opt/forest/.venv .venv
COPY forestapi forestapi
COPY geo geo
COPY maps maps
COPY --from=build /opt/forest/maps/vendor maps/vendor
ENV PATH=/opt/forest/.venv/bin:$PATH PYTHONPATH=/opt/forest PYTHONSAFEPATH=1 PYTHONUNBUFFERED=1 \
    FOREST_DATA=/var/lib/forest/data FOREST_HOST=0.0.0.0
USER forest
VOLUME /var/lib/forest
EXPOSE 8000
# `serve` needs a migrated database; docker-compose.yml runs `up`, which migrates it and loads the demo first
ENTRYPOINT ["python3", "-m", "forestapi"]
CMD ["serve"]
