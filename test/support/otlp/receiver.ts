import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { until } from '@baton/core';
import { decodeMetrics, decodeSpans, type OtlpMetric, type OtlpSpan } from './decode.ts';

/** A collector of our own: takes OTLP over HTTP in protobuf and keeps what it got. */
export interface OtlpReceiver extends AsyncDisposable {
  /** What makes services send here, soon. */
  readonly env: NodeJS.ProcessEnv;
  readonly spans: readonly OtlpSpan[];
  readonly metrics: readonly OtlpMetric[];
  /** Waits for the first span that fits. */
  span(fits: (span: OtlpSpan) => boolean, what: string): Promise<OtlpSpan>;
}

export async function startOtlpReceiver(): Promise<OtlpReceiver> {
  const spans: OtlpSpan[] = [];
  const metrics: OtlpMetric[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    if (request.url === '/v1/traces') spans.push(...decodeSpans(body));
    else if (request.url === '/v1/metrics') metrics.push(...decodeMetrics(body));
    const isKnown = request.headers['content-type'] === 'application/x-protobuf' && /^\/v1\/(traces|metrics)$/.test(request.url ?? '');
    response.writeHead(isKnown ? 200 : 415, { 'content-type': 'application/x-protobuf' }).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
      OTEL_BSP_SCHEDULE_DELAY: '50',
      OTEL_METRIC_EXPORT_INTERVAL: '500',
    },
    spans,
    metrics,
    span: (fits, what) => until(() => spans.find(fits), 20_000, what),
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
    },
  };
}
