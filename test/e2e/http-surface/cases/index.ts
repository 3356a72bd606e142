import type { SurfaceCase } from '../surface-case.ts';
import { aborts } from './aborts.ts';
import { bodies } from './bodies.ts';
import { connections } from './connections.ts';
import { expect } from './expect.ts';
import { headers } from './headers.ts';
import { malformed } from './malformed.ts';
import { misuse } from './misuse.ts';
import { native } from './native.ts';
import { responses } from './responses.ts';
import { streaming } from './streaming.ts';
import { targets } from './targets.ts';

/** The set that runs against every app. */
export const CASES: readonly SurfaceCase[] = [
  ...responses,
  ...headers,
  ...streaming,
  ...bodies,
  ...expect,
  ...connections,
  ...targets,
  ...malformed,
  ...aborts,
  ...misuse,
  ...native,
];
