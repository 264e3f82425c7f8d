# All images, by SERVICE: discovery, enrichment, delivery, platform-upload, scheduler, console; sandbox is the provider
# sandbox.
#   docker build --build-arg SERVICE=discovery -t leadstream/discovery .
# There is no `# syntax` line and nothing that only BuildKit knows: any engine builds it, also without a network beyond
# its package index.

# --- Third-party packages: the same layer in all images, built again only when the lock changes ----------------------
FROM python:3.13-slim AS dependencies
RUN python -m venv --without-pip /opt/venv
COPY requirements.lock /build/
RUN pip --python /opt/venv/bin/python install --no-cache-dir --require-hashes --requirement /build/requirements.lock

# --- Our own packages ------------------------------------------------------------------------------------------------
FROM dependencies AS packages
WORKDIR /build
COPY requirements-sandbox.lock ./
COPY schemas schemas
COPY shared shared
COPY services services
COPY dev dev
ARG SERVICE
RUN set -eu; \
    install="pip --python /opt/venv/bin/python install --no-cache-dir --target /opt/leadstream"; \
    case "$SERVICE" in \
      discovery|enrichment|delivery|platform-upload|scheduler|console) \
        project="services/$SERVICE"; start="$(echo "$SERVICE" | tr - _) worker" ;; \
      sandbox) \
        project=dev; start="leadstream_dev.sandbox --host 0.0.0.0 --port 8010 --ledger /var/lib/leadstream/ledger.jsonl"; \
        $install --require-hashes --requirement requirements-sandbox.lock ;; \
      *) echo "--build-arg SERVICE=…: one of discovery, enrichment, delivery, platform-upload, scheduler, console, sandbox"; exit 1 ;; \
    esac; \
    $install --no-deps --no-index --no-build-isolation ./shared "./$project"; \
    printf '#!/bin/sh\nexec python -m %s "$@"\n' "$start" > /opt/leadstream/bin/start; \
    chmod 755 /opt/leadstream/bin/start
COPY deploy/docker/probe /opt/leadstream/bin/probe

# --- The image -------------------------------------------------------------------------------------------------------
FROM python:3.13-slim
RUN groupadd --gid 10001 leadstream \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin leadstream \
 && install --directory --owner leadstream --group leadstream /var/lib/leadstream
ENV PATH=/opt/leadstream/bin:/opt/venv/bin:$PATH \
    PYTHONPATH=/opt/leadstream \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HTTP_HOST=0.0.0.0
COPY --from=dependencies /opt/venv /opt/venv
COPY --from=packages /opt/leadstream /opt/leadstream
USER 10001:10001
# Other commands: `python -m <package> migrate`, `leadstream …`, `probe URL`.
CMD ["start"]
