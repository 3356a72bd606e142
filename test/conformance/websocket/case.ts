/** What a client does next: sends bytes, ends its half, resets, or waits until that many frames have come. */
export type Step = Buffer | 'fin' | 'reset' | { readonly frames: number } | { readonly pauseMs: number };

/** Fields of the handshake by name; null leaves one out, a list sends several lines. */
export type Fields = Readonly<Record<string, string | readonly string[] | null>>;

/**
 * One case: a handshake, what the client sends behind it, and what it has to see.
 *
 * - `sees` is the whole of it: "101", or "HTTP 400" for a refusal, then each frame of the server, then "end". Several: any of them.
 * - Behind the steps the client closes with 1000, unless `closes` is false; it answers the server's close, and ends its half behind that.
 */
export interface Case {
  readonly id: string;
  readonly section: string;
  readonly title: string;
  readonly sees: string | readonly string[];
  readonly steps: readonly Step[];
  /** @default "/echo" */
  readonly path?: string;
  readonly fields?: Fields;
  /** @default "GET" */
  readonly method?: string;
  /** @default true */
  readonly closes?: boolean;
  /** How the handshake is cut: into single bytes, into two, or with the first step in one packet. */
  readonly handshake?: 'bytes' | 'halves' | 'glued';
  /** Close code that the app has to see. */
  readonly app?: number | undefined;
}

export type More = Partial<Omit<Case, 'id' | 'section' | 'title' | 'steps' | 'sees'>>;

/** A group of cases whose ids begin alike. */
export function group(prefix: string): {
  readonly cases: readonly Case[];
  add(section: string, title: string, steps: readonly Step[], sees: string | readonly string[], more?: More): void;
} {
  const cases: Case[] = [];
  return {
    cases,
    add(section, title, steps, sees, more = {}) {
      cases.push({ id: `${prefix}-${String(cases.length + 1).padStart(2, '0')}`, section: `RFC ${section}`, title, steps, sees, ...more });
    },
  };
}

/** The same bytes one by one. */
export const single = (bytes: Buffer): Buffer[] => [...bytes].map((byte) => Buffer.from([byte]));

/** The same bytes in two parts. */
export const cut = (bytes: Buffer, at: number): Buffer[] => [bytes.subarray(0, at), bytes.subarray(at)];
