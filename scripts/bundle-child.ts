// Puts the worker process's program into one file beside its modules, after tsc: services/worker/src/child/main.ts runs it when it is fresh. What only
// workers with modules, an extension or a use of `server` load stands in a second one (child/model/sdk.ts).
import { build } from 'esbuild';

const child = 'services/worker/dist/child';
const options = {
  bundle: true,
  platform: 'node',
  target: 'node24',
  keepNames: true, // an app sees some of them
  sourcemap: true,
  sourcesContent: false,
  logLevel: 'warning',
  external: ['@hono/node-server', '@fastify/send', 'mime-types', 'piscina'], // only a few apps need them
} as const;
await build({
  ...options,
  external: [...options.external],
  entryPoints: [`${child}/worker-process.js`],
  outfile: `${child}/bundle.js`,
  format: 'esm',
});
await build({
  ...options,
  external: [...options.external],
  entryPoints: ['packages/sdk/dist/host/index.js'],
  outfile: `${child}/engines.cjs`,
  format: 'cjs',
});
