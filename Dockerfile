# The Python image is pinned by version, not by digest: one could not be looked up where
# this was written. To pin it wholly, write python:...@sha256:... in both FROM lines.
# First stage: what has to be installed, checked by hash. It stays behind.
FROM python:3.13.9-slim-trixie AS builder

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1

WORKDIR /app
COPY requirements.lock ./
RUN python -m venv /opt/venv \
    && /opt/venv/bin/python -m pip install --require-hashes --only-binary :all: --no-binary atomicwrites -r requirements.lock

COPY bot ./bot
# Where the model cannot be fetched, the image searches by words alone.
RUN /opt/venv/bin/python -m bot.meaning.default_encoder || true
# Compiled here, since the running program may not write beside its files.
RUN /opt/venv/bin/python -m compileall -q bot

# Second stage: what runs.
FROM python:3.13.9-slim-trixie

ENV PATH=/opt/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1

# Text recognition for scanned PDFs is left out, for its size:
# docker build --build-arg RECOGNITION="tesseract-ocr tesseract-ocr-deu" adds it.
ARG RECOGNITION=""
# hadolint ignore=DL3008,SC2086
RUN if [ -n "$RECOGNITION" ]; then \
        apt-get update \
        && apt-get install -y --no-install-recommends $RECOGNITION \
        && rm -rf /var/lib/apt/lists/*; \
    fi

# A fixed number, so that folders on the host can be given to it: chown 10001.
RUN groupadd --gid 10001 sources-say \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /app --shell /usr/sbin/nologin sources-say \
    && install -d -o 10001 -g 10001 -m 0700 /app/state

WORKDIR /app
COPY --from=builder /opt/venv /opt/venv
COPY --from=builder /app/bot ./bot
COPY config ./config
COPY corpus ./corpus

USER 10001:10001
VOLUME ["/app/corpus", "/app/config", "/app/state"]

# Settings, manifest, glossary and every document, as the next start would find them; not
# often, since it reads them all beside the bot that serves. Whether Discord is joined it
# cannot tell: the bot joins again by itself, and ends where only a person can help.
HEALTHCHECK --interval=1h --timeout=2m --start-period=1m --retries=2 \
    CMD ["python", "-m", "bot", "check"]

ENTRYPOINT ["python", "-m", "bot"]
