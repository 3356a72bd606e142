# The image of WAS: the activation service and its admin API.
#   docker build -f deploy/was.Dockerfile -t baton-was .        (podman build --format docker: keeps the health check)
ARG BASE_IMAGE=docker.io/library/node:24.21.0-slim

# Installs and builds with what the base image has; only what the service needs to run goes on.
FROM ${BASE_IMAGE} AS build
WORKDIR /src
COPY . .
RUN node scripts/setup.mjs --build-only
RUN node deploy/pack.ts services/was /out

FROM ${BASE_IMAGE}
COPY --from=build /out /baton
COPY deploy/healthcheck.mjs /baton/
ENV NODE_ENV=production
ENV BATON_GRPC_PORT=7070 BATON_ADMIN_HOST=0.0.0.0 BATON_ADMIN_PORT=8081 BATON_PROBE_PORT=9464
EXPOSE 7070 8081 9464
USER 1000:1000
WORKDIR /baton
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 CMD ["node", "/baton/healthcheck.mjs"]
ENTRYPOINT ["node", "/baton/services/was/dist/main.js"]
