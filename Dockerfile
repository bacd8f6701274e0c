# One image for `capture web`, `capture worker`, `capture sweep --watch` and `capture migrate`.
# docs/how-to/container.md says how to use it; tests/container/dockerfile_steps.sh runs its steps without Docker.

FROM python:3.12-slim-bookworm AS build
WORKDIR /src
RUN python3 -m venv /opt/capture
COPY pyproject.toml constraints.txt ./
# The dependencies come before the code, so that their layer lasts until they change. The extras stay out.
RUN python3 -c "import tomllib; print(*tomllib.load(open('pyproject.toml', 'rb'))['project']['dependencies'], sep='\n')" \
      > /tmp/requirements.txt \
 && /opt/capture/bin/pip install --no-cache-dir --disable-pip-version-check -c constraints.txt -r /tmp/requirements.txt
COPY README.md ./
COPY capture capture
COPY extractors extractors
COPY storage storage
COPY worker worker
COPY web web
COPY fixtures fixtures
RUN /opt/capture/bin/pip install --no-cache-dir --disable-pip-version-check --no-deps .

FROM python:3.12-slim-bookworm
RUN apt-get update \
 && apt-get install --yes --no-install-recommends tesseract-ocr \
 && rm -rf /var/lib/apt/lists/*
RUN groupadd --gid 10001 capture \
 && useradd --uid 10001 --gid 10001 --create-home --shell /usr/sbin/nologin capture
COPY --from=build /opt/capture /opt/capture
ENV PATH=/opt/capture/bin:/usr/local/bin:/usr/bin:/bin
ENV PYTHONUNBUFFERED=1
# ONNX Runtime reports its use to its maker unless this is set before it starts.
ENV ORT_DISABLE_TELEMETRY=1
ENV CAPTURE_HOST=0.0.0.0
ENV CAPTURE_PORT=8080
USER 10001:10001
WORKDIR /home/capture
EXPOSE 8080
# For `capture web`. Other commands serve nothing: compose.yaml gives them checks of their own.
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s --retries=3 \
  CMD ["python3", "-c", "import os, urllib.request as u; u.urlopen(f'http://127.0.0.1:{os.environ[\"CAPTURE_PORT\"]}/healthz', timeout=4)"]
ENTRYPOINT ["capture"]
CMD ["web"]
