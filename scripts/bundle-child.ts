// Puts the worker process's program into one file beside its modules, after tsc: services/worker/src/child/main.ts runs it when it is fresh.
import { build } from 'esbuild';

const child = 'services/worker/dist/child';
await build({
  entryPoints: [`${child}/worker-process.js`],
  outfile: `${child}/bundle.js`,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node24',
  external: ['@hono/node-server', 'mime-types', 'piscina'], // only a few apps need them
  keepNames: true, // an app sees some of them
  sourcemap: true,
  sourcesContent: false,
  logLevel: 'warning',
});
