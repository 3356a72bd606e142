import { h2spec } from './h2spec/suite.ts';
import { http1 } from './http1/suite.ts';
import type { Suite } from './suite.ts';
import { websocket } from './websocket/suite.ts';

/** Every suite, in the order in which they run. A suite of another protocol adds its line here. */
export const SUITES: readonly Suite[] = [http1, websocket, h2spec];
