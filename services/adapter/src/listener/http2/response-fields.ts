/** Fields that say something about a connection of HTTP/1.1 and mean nothing in HTTP/2 (RFC 9113, 8.2.2). */
const OF_CONNECTION = new Set(['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade', 'http2-settings']);
/** What else may not follow a body: Node throws on the one, the others would announce something too late (RFC 9110, 6.5.1). */
const NO_TRAILERS = new Set(['te', 'host', 'content-length']);

let lastLines = '';
let lastFields: readonly string[] = [];

/**
 * Turns header lines of HTTP/1.1 that were checked (response-block.ts) into pairs of HTTP/2: names in lower case, nothing about the connection.
 *
 * - The last result is kept: an app's responses of one second usually carry the same lines.
 */
export function fieldsOf(lines: string): readonly string[] {
  if (lines === lastLines) return lastFields;
  const fields: string[] = [];
  let at = 0;
  while (at < lines.length) {
    const end = lines.indexOf('\r\n', at);
    const colon = lines.indexOf(':', at);
    const name = lines.slice(at, colon).toLowerCase();
    if (!OF_CONNECTION.has(name)) fields.push(name, lines.slice(colon + 1, end).trim());
    at = end + 2;
  }
  lastLines = lines;
  lastFields = fields;
  return fields;
}

/** Trailers as an object; pairs whose names may not be trailers are left out. */
export function trailersOf(trailers: readonly string[]): Record<string, string | string[]> {
  const fields = objectOf(trailers);
  for (const name of NO_TRAILERS) delete fields[name];
  return fields;
}

/** Pairs as the object that Node asks for: repeated ones as a list, nothing about the connection. */
export function objectOf(pairs: readonly string[]): Record<string, string | string[]> {
  const fields: Record<string, string | string[]> = Object.create(null);
  for (let i = 0; i < pairs.length; i += 2) {
    const name = pairs[i]!.toLowerCase();
    const value = pairs[i + 1]!;
    if (OF_CONNECTION.has(name)) continue;
    const before = fields[name];
    fields[name] = before === undefined ? value : Array.isArray(before) ? [...before, value] : [before, value];
  }
  return fields;
}
