/** What a worker's header lines say that the adapter has to know. */
export interface BlockFacts {
  /** Undefined: the lines may not be passed on, for this reason. */
  readonly fault: string | undefined;
  /** -1: no Content-Length line. */
  readonly contentLength: number;
  readonly hasRequestId: boolean;
}

const bad = (fault: string): BlockFacts => ({ fault, contentLength: -1, hasRequestId: false });
const LINE = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*([\t\x20-\x7e\x80-\xff]*)$/;

let lastBlock = '';
let lastFacts: BlockFacts = { fault: undefined, contentLength: -1, hasRequestId: false };

/**
 * Checks the header lines of a response so that they cannot end the head early, add a second response, or disagree with the framing.
 *
 * - The last result is kept: an app's responses of one second usually carry the same lines.
 */
export function readBlock(block: string): BlockFacts {
  if (block === lastBlock) return lastFacts;
  lastFacts = checkBlock(block);
  lastBlock = block;
  return lastFacts;
}

function checkBlock(block: string): BlockFacts {
  let contentLength = -1;
  let hasRequestId = false;
  let at = 0;
  while (at < block.length) {
    const end = block.indexOf('\r\n', at);
    if (end < 0) return bad('a header line without its end');
    const match = LINE.exec(block.slice(at, end));
    if (!match) return bad('an invalid header line');
    const name = match[1]!;
    switch (name.length) {
      case 10:
        if (/^(connection|keep-alive)$/i.test(name)) return bad(`a ${name} line`);
        break;
      case 12:
        if (name.toLowerCase() === 'x-request-id') hasRequestId = true;
        break;
      case 14:
        if (name.toLowerCase() === 'content-length') {
          if (contentLength >= 0 || !/^\d{1,15}$/.test(match[2]!.trim())) return bad('an invalid Content-Length');
          contentLength = Number(match[2]);
        }
        break;
      case 17:
        if (name.toLowerCase() === 'transfer-encoding') return bad('a Transfer-Encoding line');
        break;
    }
    at = end + 2;
  }
  return { fault: undefined, contentLength, hasRequestId };
}

/** Whether trailers, as raw pairs, may be written: names are tokens, values hold no line end or control character. */
export function areTrailersValid(trailers: readonly string[]): boolean {
  for (let i = 0; i < trailers.length; i += 2) {
    if (!LINE.test(`${trailers[i]}:${trailers[i + 1]}`)) return false;
  }
  return true;
}
