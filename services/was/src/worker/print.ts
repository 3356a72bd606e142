import { writeFileSync } from 'node:fs';
import { printLifecycle } from './lifecycle-page.ts';

writeFileSync(new URL('../../../../docs/lifecycle.md', import.meta.url), printLifecycle());
