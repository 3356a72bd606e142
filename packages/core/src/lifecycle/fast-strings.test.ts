import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';

const CORE = JSON.stringify(new URL('../index.js', import.meta.url).href);

/** What a process prints that may ask V8 whether String.prototype is a dictionary: `tell()` prints that it is "fast" or "slow". */
function printed(program: string): string[] {
  const source = `import { keepStringsFast, run } from ${CORE};
    const tell = () => console.log(%HasFastProperties(String.prototype) ? 'fast' : 'slow');
    const define = () => class extends String {};
    ${program}`;
  const out = execFileSync(process.execPath, ['--allow-natives-syntax', '--input-type=module', '-e', source], { encoding: 'utf8' });
  return out.trim().split('\n');
}

test('a class that extends String makes the methods of all strings slow, and they are fast again for good', () => {
  assert.deepEqual(printed('tell(); define(); tell(); keepStringsFast(); tell(); define(); tell();'), ['fast', 'slow', 'fast', 'fast']);
});

test('no class makes them slow in a process that has said so before', () => {
  assert.deepEqual(printed('keepStringsFast(); define(); tell(); define(); tell();'), ['fast', 'fast']);
});

test('a service has fast strings, whatever was imported before it runs', () => {
  assert.deepEqual(printed("define(); tell(); await run('svc', async () => { tell(); return []; });"), ['slow', 'fast']);
});
