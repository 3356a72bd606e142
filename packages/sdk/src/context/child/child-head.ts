/** The head of a child's response, as Node has rendered it. */
export interface ChildHead {
  readonly statusCode: number;
  readonly reason: string;
  /** Names and values in turn, in their order, without what frames an entity on a connection or belongs to that. */
  readonly fields: readonly string[];
  /** Of Content-Length; undefined = not said. */
  readonly contentLength: string | undefined;
}

/** The parent's response has its own. */
const NOT_INHERITED = new Set(['connection', 'keep-alive', 'transfer-encoding', 'content-length', 'date']);

/** Reads a head that Node has rendered, without the empty line at its end. */
export function readHead(text: string): ChildHead {
  const [statusLine = '', ...lines] = text.split('\r\n');
  const fields: string[] = [];
  let contentLength: string | undefined;
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon);
    const value = line.slice(colon + 1).trim();
    const known = name.toLowerCase();
    if (known === 'content-length') contentLength = value;
    if (!NOT_INHERITED.has(known)) fields.push(name, value);
  }
  // "HTTP/1.1 200 OK"
  return { statusCode: Number(statusLine.slice(9, 12)), reason: statusLine.slice(13), fields, contentLength };
}
