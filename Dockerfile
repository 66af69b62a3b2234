# The pages are built where Node.js is; the image that runs has Python only.
FROM node:22-bookworm AS pages
WORKDIR /app/web
COPY web/package.json web/package-lock.json web/.npmrc ./
RUN npm ci
COPY web ./
COPY launch/__init__.py launch/pages.py /app/launch/
RUN cd /app && python3 -m launch.pages

FROM python:3.11-slim-bookworm
WORKDIR /app
COPY requirements/bootstrap.lock requirements/runtime.lock requirements/
RUN python -m venv .venv \
    && .venv/bin/pip install --no-cache-dir --no-deps --require-hashes -r requirements/bootstrap.lock \
    && .venv/bin/uv pip sync --no-cache --compile-bytecode --require-hashes requirements/runtime.lock \
    && .venv/bin/pip uninstall --yes uv pip
COPY manage.py ./
COPY core core
COPY server server
COPY accounts accounts
COPY media media
COPY library library
COPY processing processing
COPY webhooks webhooks
COPY presence presence
COPY playback playback
COPY rooms rooms
COPY config config
COPY launch launch
COPY --from=pages /app/web/dist web/dist
RUN useradd --system --uid 10001 streamit && install -d -m 0700 -o streamit -g streamit /data /scratch
USER streamit
ENV STREAMIT_DATA=/data PYTHONUNBUFFERED=1
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=1h \
    CMD [".venv/bin/python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/healthz')"]
CMD [".venv/bin/python", "manage.py", "up", "--host", "0.0.0.0", "--port", "8000"]
