/** What the x-forwarded-* fields say about a request. */
export interface ForwardedFacts {
  /** Plain IPv4 or IPv6 address. */
  readonly remoteAddress: string;
  readonly proto: 'http' | 'https';
  readonly host: string | undefined;
  readonly port: number;
}

const FOR = 'x-forwarded-for';
const PROTO = 'x-forwarded-proto';
const HOST = 'x-forwarded-host';
const PORT = 'x-forwarded-port';
const OURS = new Set([FOR, PROTO, HOST, PORT]);

/**
 * Adds x-forwarded-for, -proto, -host and -port to raw pairs.
 *
 * - Not trusted: what the client sent under these names is replaced.
 * - Trusted: the client's address is appended to x-forwarded-for, the others are kept where they are given.
 */
export function addForwarded(headers: string[], facts: ForwardedFacts, hasForwarded: boolean, isTrusted: boolean): string[] {
  const address = facts.remoteAddress;
  if (!hasForwarded) {
    headers.push(FOR, address, PROTO, facts.proto);
    if (facts.host !== undefined) headers.push(HOST, facts.host);
    headers.push(PORT, String(facts.port));
    return headers;
  }
  const kept: string[] = [];
  const given = new Map<string, string>();
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i]!.toLowerCase();
    if (!OURS.has(name)) kept.push(headers[i]!, headers[i + 1]!);
    else if (isTrusted) given.set(name, name === FOR && given.has(FOR) ? `${given.get(FOR)}, ${headers[i + 1]}` : headers[i + 1]!);
  }
  kept.push(FOR, given.has(FOR) ? `${given.get(FOR)}, ${address}` : address, PROTO, given.get(PROTO) ?? facts.proto);
  const host = given.get(HOST) ?? facts.host;
  if (host !== undefined) kept.push(HOST, host);
  kept.push(PORT, given.get(PORT) ?? String(facts.port));
  return kept;
}
