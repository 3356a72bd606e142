import { createServer, type Server, type ServerResponse } from 'node:http';

/** What /livez, /readyz and /metrics tell. */
export interface Probes {
  /** The leader has taken over and is not closing. */
  readonly isLive: () => boolean;
  /** Why it is not ready; '' when it is. */
  readonly notReadyReason: () => string;
  /** Prometheus text. */
  readonly metrics: () => string;
}

/** Answers a probe path; false: it is none. */
export function answerProbe(probes: Probes, path: string, response: ServerResponse): boolean {
  if (path === '/livez') send(response, probes.isLive() ? 200 : 503, probes.isLive() ? 'ok\n' : 'closing\n');
  else if (path === '/readyz') {
    const reason = probes.notReadyReason();
    send(response, reason === '' ? 200 : 503, reason === '' ? 'ok\n' : `${reason}\n`);
  } else if (path === '/metrics') send(response, 200, probes.metrics(), 'text/plain; version=0.0.4; charset=utf-8');
  else return false;
  return true;
}

/** The probe port: no token, nothing but probes. */
export function createProbeServer(probes: Probes): Server {
  return createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://probe').pathname;
    if (!answerProbe(probes, path, response)) send(response, 404, 'only /livez, /readyz and /metrics\n');
  });
}

function send(response: ServerResponse, status: number, text: string, type = 'text/plain; charset=utf-8'): void {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' });
  response.end(text);
}
