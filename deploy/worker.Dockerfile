# The image of a worker host: runs the apps that lie below /apps.
#   docker build -f deploy/worker.Dockerfile -t baton-worker .        (podman build --format docker: keeps the health check)
ARG BASE_IMAGE=docker.io/library/node:24.21.0-slim

# Installs and builds with what the base image has; only what the service needs to run goes on.
FROM ${BASE_IMAGE} AS build
WORKDIR /src
COPY . .
RUN node scripts/setup.mjs --build-only
RUN node deploy/pack.ts services/worker /out

FROM ${BASE_IMAGE}
COPY --from=build /out /baton
COPY deploy/healthcheck.mjs /baton/
ENV NODE_ENV=production
ENV BATON_APP_ROOT=/apps BATON_PROBE_PORT=9464 BATON_PROBE_HOST=0.0.0.0
EXPOSE 9464
USER 1000:1000
WORKDIR /baton
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 CMD ["node", "/baton/healthcheck.mjs"]
ENTRYPOINT ["node", "/baton/services/worker/dist/main.js"]
