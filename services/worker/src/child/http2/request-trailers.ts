/** Fields about a connection or about routing, which mean nothing behind a body (RFC 9113, 8.2.2; RFC 9110, 6.5.1); Node throws on some of them. */
const LEFT_OUT = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
  'te',
  'host',
  'content-length',
]);

/** The trailers of a request, as raw pairs, in the form that node:http2 sends: repeated ones as a list, in their order. */
export function requestTrailers(pairs: readonly string[] | undefined): Record<string, string | string[]> {
  const fields: Record<string, string | string[]> = Object.create(null);
  for (let i = 0; i < (pairs?.length ?? 0); i += 2) {
    const name = pairs![i]!.toLowerCase();
    if (LEFT_OUT.has(name)) continue;
    const value = pairs![i + 1]!;
    const before = fields[name];
    if (before === undefined) fields[name] = value;
    else if (Array.isArray(before)) before.push(value);
    else fields[name] = [before, value];
  }
  return fields;
}
