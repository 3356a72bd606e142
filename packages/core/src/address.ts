/** "host:port" as endpoints are written; an IPv6 address gets its brackets. */
export function endpointOf(host: string, port: number): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Where a service listens that is reached under `advertise`: on loopback alone when that is loopback, else on every address of its family. */
export function listenHostFor(advertise: string): string {
  if (advertise === '::1') return '::1';
  if (advertise === 'localhost' || advertise.startsWith('127.')) return '127.0.0.1';
  return advertise.includes(':') ? '::' : '0.0.0.0';
}
