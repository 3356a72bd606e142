// Static files as a module: what a child request asks for below /files is answered before it comes to the extension.
import { join } from 'node:path';
import { staticFiles } from '@baton/sdk';

export const { registerModule } = staticFiles({ root: join(import.meta.dirname, 'files'), prefix: '/files' });
