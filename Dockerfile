# The bot with its embedding model inside: nothing is downloaded when it runs.
#   docker build -t newsdesk .
# --build-arg OPTIONS="--openai"       the packages of a chat model: --openai, --ollama, --anthropic
# --build-arg OPTIONS="--any-model"    sentence-transformers and PyTorch too, a gigabyte, for other
#                                      embedding models and rerankers
FROM python:3.11-slim-bookworm AS build
ARG OPTIONS=""
ARG TORCH_FLAGS="--index-url https://download.pytorch.org/whl/cpu"
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /src
RUN python -m venv /opt/newsdesk
ENV PATH=/opt/newsdesk/bin:$PATH
# Dependencies first: this layer stays while only the bot's own code changes.
COPY pyproject.toml constraints.txt ./
COPY deploy/requirements.py deploy/
# torch comes first and alone: whatever asks for it later is content with this one.
# hadolint ignore=DL3013,DL3042,SC2086
RUN case "$OPTIONS" in *--any-model*) pip install torch==2.13.0 $TORCH_FLAGS;; esac \
    && python deploy/requirements.py --postgres $OPTIONS > requirements.txt \
    && pip install --constraint constraints.txt --requirement requirements.txt
COPY README.md LICENSE ./
COPY vectorstore vectorstore
COPY ingest ingest
COPY bot bot
# Then the model and its reader in the form that they run in, which takes two seconds once.
# hadolint ignore=DL3013,DL3042
RUN pip install --no-deps . \
    && VECTORSTORE_MODEL_CACHE=/opt/newsdesk/model python -c \
       "from pathlib import Path; from vectorstore.embeddings import load_embeddings; load_embeddings('bundled', Path('/opt/newsdesk/model')).reader()" \
    && pip uninstall --yes pip

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /data --create-home --shell /usr/sbin/nologin newsdesk
COPY --from=build /opt/newsdesk /opt/newsdesk
ENV PATH=/opt/newsdesk/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    VECTORSTORE_PATH=/data \
    VECTORSTORE_MODEL_CACHE=/opt/newsdesk/model \
    INGEST_SOURCES="" \
    BOT_HEALTH_ADDRESS=127.0.0.1:8378
USER 10001
WORKDIR /data
VOLUME /data
# It delivers the answers that it accepted, which may take 20 seconds.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request; port = os.environ['BOT_HEALTH_ADDRESS'].rpartition(':')[2]; urllib.request.urlopen(f'http://127.0.0.1:{port}/readyz', timeout=4)"]
ENTRYPOINT ["python", "-m", "bot"]
CMD ["run"]
