import { LABELS } from './labels.ts';
import { METRICS, type MetricDefinition } from './names/index.ts';
import { VARIABLES } from './settings.ts';
import { SPANS } from './spans.ts';

/** docs/telemetry.md. */
export function printTelemetry(): string {
  return `# Telemetry

Printed from \`packages/telemetry/src\` by \`npm run generate\`.

Every service answers \`/metrics\` on its probe port, WAS on the admin port too, in Prometheus's text format, without a token. Traces and metrics
leave over OTLP when the environment names a collector. Names follow the semantic conventions of OpenTelemetry; our own begin with \`baton.\`
there and with \`baton_\` in Prometheus.

## What the environment says

| variable | meaning |
|---|---|
${Object.entries(VARIABLES)
  .map(([name, meaning]) => `| \`${name}\` | ${meaning} |`)
  .join('\n')}

The exporter obeys the other \`OTEL_EXPORTER_OTLP_*\` variables too: headers, compression, timeout, certificates.
Worker processes load no SDK; an app that brings its own finds the trace in \`traceparent\` and these variables in its environment.

## Metrics

| Prometheus | OpenTelemetry | kind | unit | labels | told by | what |
|---|---|---|---|---|---|---|
${Object.values(METRICS).map(metricRow).join('\n')}

Counters begin at 0 when their process starts. Durations are histograms in seconds.

### Labels

In Prometheus a label has \`_\` where its name has \`.\`. Each is bounded by:

| label | values |
|---|---|
${Object.entries(LABELS)
  .map(([name, values]) => `| \`${name}\` | ${values} |`)
  .join('\n')}

### Where the counters of IIS are

| IIS | here |
|---|---|
| Current Application Pool State | \`baton_pool_started\`, \`baton_pool_failing\`, \`baton_pool_rapid_fail\` |
| Current Worker Processes | \`baton_worker_processes\` |
| Total Worker Processes Created | \`baton_host_workers_started_total\` |
| Total Application Pool Recycles | \`baton_recycles_total\` |
| Total Worker Process Failures, Ping Failures, Shutdown Failures, Startup Failures | \`baton_worker_failures_total\` by cause |
| Time Since Last Worker Process Failure | \`time() - baton_pool_last_failure_timestamp_seconds\` |
| Active Requests | \`baton_requests_in_flight\` |
| Requests / Sec, Total HTTP Requests Served, ArrivalRate | \`rate(baton_requests_total[1m])\`, \`baton_requests_admitted_total\` |
| % 401, 403, 404, 500 HTTP Response Sent | \`http_server_request_duration_seconds_count\` by status |
| CurrentQueueSize | \`baton_queue_depth\` |
| MaxQueueItemAge | \`baton_queue_age_seconds\` |
| RejectedRequests | \`baton_requests_refused_total{cause="QUEUE_FULL"}\` |
| Active Listener Channels | \`baton_channel_sessions\` |

## Traces

W3C Trace Context comes in and goes out. A request is traced when its client sampled it, or by chance (1 % by default). Its line in the access log
then has \`traceId\`, and the app gets a \`traceparent\` whose parent is the span \`baton.app\`. A request that is not traced reaches the app with the
headers that its client sent, \`traceparent\` included. Recycles and activations are always traced; the trace id of a recycle is in its receipt.

| span | written by | kind | parent | what | attributes |
|---|---|---|---|---|---|
${Object.values(SPANS)
  .map(
    ({ name, service, kind, parent, what, attributes }) =>
      `| \`${name}\` | ${service} | ${kind} | ${parent} | ${what} | ${attributes.map((attribute) => `\`${attribute}\``).join(' ')} |`,
  )
  .join('\n')}

Log lines that belong to a trace carry \`trace_id\` and \`span_id\`.
`;
}

function metricRow({ prometheus, otel, kind, unit, labels, services, what }: MetricDefinition): string {
  const labelText = labels.map((label) => `\`${label}\``).join(' ');
  return `| \`${prometheus}\` | \`${otel}\` | ${kind} | ${unit} | ${labelText} | ${services.join(', ')} | ${what} |`;
}
