// Healthy: the service in this container says on its probe port that it is ready.
const url = `http://127.0.0.1:${process.env.BATON_PROBE_PORT ?? 9464}/readyz`;
const isReady = await fetch(url, { signal: AbortSignal.timeout(2_500) }).then(
  ({ ok }) => ok,
  () => false,
);
process.exit(isReady ? 0 : 1);
