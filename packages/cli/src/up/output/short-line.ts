/** A line of a service's log as the terminal shows it. */
export interface ShortLine {
  readonly kind: 'app' | 'log';
  readonly level: 'info' | 'warn' | 'error';
  readonly text: string;
}

interface LogFields {
  readonly level?: unknown;
  readonly msg?: unknown;
  readonly err?: { readonly message?: unknown };
  readonly stream?: unknown;
  readonly pool?: unknown;
  readonly worker?: unknown;
  readonly generation?: unknown;
}

/**
 * What a person at the terminal wants to see of a line: the apps' own output as `w3 shop gen 4 | text`, and what went wrong in a service.
 *
 * - Undefined for all else; the log file has every line.
 */
export function shortenLine(key: string, stream: 'stdout' | 'stderr', line: string): ShortLine | undefined {
  if (stream === 'stderr') return / stops: /.test(line) ? undefined : { kind: 'log', level: 'error', text: `${key}: ${line}` };
  const fields = parseFields(line);
  if (!fields) return { kind: 'log', level: 'info', text: `${key}: ${line}` };
  const message = typeof fields.msg === 'string' ? fields.msg : '';
  if (typeof fields.stream === 'string' && typeof fields.pool === 'string')
    return { kind: 'app', level: 'info', text: `${fields.worker} ${fields.pool} gen ${fields.generation} | ${message}` };
  if (fields.level !== 'warn' && fields.level !== 'error' && fields.level !== 'fatal') return undefined;
  const cause = typeof fields.err?.message === 'string' && !message.includes(fields.err.message) ? ` (${fields.err.message})` : '';
  return { kind: 'log', level: fields.level === 'warn' ? 'warn' : 'error', text: `${key}: ${message}${cause}` };
}

function parseFields(line: string): LogFields | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line) as LogFields;
  } catch {
    return undefined;
  }
}
