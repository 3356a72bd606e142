import { BatonError } from '@baton/core';
import type { Binding } from '../route/binding.ts';

/** A tcp:// or tls:// binding of an application. */
export interface TcpBinding extends Binding {
  /** As WAS named it. */
  readonly text: string;
  /** TLS ends at the adapter. */
  readonly isSecure: boolean;
}

const FORM = /^(tcp|tls):\/\/(\*|\[[^\]]+\]|[^:/]+):(\d{1,5})\/?$/i;

/** Reads "tcp://HOST:PORT" or "tls://HOST:PORT"; port 0 takes any free one. Throws CONFIG_INVALID. */
export function parseTcpBinding(text: string): TcpBinding {
  const match = FORM.exec(text);
  const port = Number(match?.[3]);
  if (!match || port > 65_535)
    throw new BatonError('CONFIG_INVALID', `expected a binding like "tcp://*:9000" or "tls://*:9443", got "${text}"`);
  const host = match[2]!.toLowerCase().replace(/^\[|\]$/g, '');
  return { text, isSecure: match[1]!.toLowerCase() === 'tls', host, port, path: '/' };
}
