import type { Case } from '../case.ts';
import { closing } from './closing.ts';
import { deflate } from './deflate.ts';
import { fragmentation } from './fragmentation.ts';
import { framing } from './framing.ts';
import { handshake } from './handshake.ts';
import { utf8 } from './utf8.ts';

export const CASES: readonly Case[] = [...handshake, ...framing, ...fragmentation, ...utf8, ...closing, ...deflate];
