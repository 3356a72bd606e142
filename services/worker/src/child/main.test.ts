import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { defer, within } from '@baton/core';

const MAIN = fileURLToPath(new URL('./main.js', import.meta.url));

/** Run in the child before its program: tells each module that is imported. */
const TELL_IMPORTS = `import { registerHooks } from 'node:module';
registerHooks({ load: (url, context, next) => { process.send({ type: 'import', url }); return next(url, context); } });`;

test('a spare starts from one file, and without node:http as an ES module', async () => {
  const imports = await importsUntilSpare(MAIN);
  const files = imports.filter((url) => url.startsWith('file:')).map((url) => url.slice(url.lastIndexOf('/') + 1));
  assert.deepEqual(files, ['main.js', 'bundle.js'], 'without a fresh bundle.js a spare loads each module; "npm run build" writes it');
  assert.ok(!imports.includes('node:http'), 'that import loads undici, which costs 18 ms');
});

test('a bundle older than the last build is not run, nor is one that is missing', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'baton-child-'));
  try {
    const child = join(dir, 'dist', 'child');
    await mkdir(child, { recursive: true });
    await writeFile(join(dir, 'package.json'), '{ "type": "module" }');
    await writeFile(join(dir, 'tsconfig.tsbuildinfo'), '');
    await cp(MAIN, join(child, 'main.js'));
    for (const name of ['bundle.js', 'worker-process.js'])
      await writeFile(join(child, name), "export class WorkerProcess { start() { process.send({ type: 'spare' }); } }");
    const program = async () => (await importsUntilSpare(join(child, 'main.js'))).at(-1)?.split('/').at(-1);

    const builtAt = new Date();
    await utimes(join(dir, 'tsconfig.tsbuildinfo'), builtAt, builtAt);
    await utimes(join(child, 'bundle.js'), builtAt, builtAt);
    assert.equal(await program(), 'bundle.js');
    await utimes(join(child, 'bundle.js'), builtAt, new Date(builtAt.getTime() - 1_000));
    assert.equal(await program(), 'worker-process.js');
    await rm(join(child, 'bundle.js'));
    assert.equal(await program(), 'worker-process.js');
  } finally {
    await rm(dir, { recursive: true });
  }
});

/** URLs of the modules that a child imports until it is a spare, in order. */
async function importsUntilSpare(main: string): Promise<string[]> {
  const child = fork(main, { execArgv: ['--import', `data:text/javascript,${encodeURIComponent(TELL_IMPORTS)}`] });
  const imports: string[] = [];
  const spare = defer<void>();
  child.on('message', ({ type, url }: { type: string; url: string }) => (type === 'spare' ? spare.resolve() : imports.push(url)));
  try {
    await within(spare.promise, 20_000, `a spare from ${main}`);
    return imports;
  } finally {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
}
