import { z } from 'zod';
import { describe } from './facts.ts';

/** Characters that IIS refuses in the name of an application pool. */
const FORBIDDEN = '&/\\:*?"<>[]+=;,@|';

const NAME = /^(?!\.+$)(?! )[^&/\\:*?"<>[\]+=;,@|\p{Cc}]+(?<! )$/u;

/** The name of a pool, an app or an identity: the pool names of IIS, without spaces at the ends and not of dots alone. */
export function name() {
  return describe(z.string().min(1).max(64).regex(NAME), { expects: `a name of 1 to 64 characters without any of ${FORBIDDEN}` });
}
