import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stage } from './testing/stage.ts';

const preconditions: [string, boolean | string][] = [
  ['', true],
  ['integratedMode', true],
  ['INTEGRATEDMODE', true],
  ['ISAPIMode', false],
  ['classicMode', false],
  ['bitness64', true],
  ['bitness32', false],
  ['integratedMode,bitness64', true],
  [' integratedMode , bitness32 ', false],
  ['appPoolName=shop', true],
  ['appPoolName=Shop', false],
  [`runtimeVersion${process.versions.node.split('.')[0]}`, true],
  [`runtimeVersionv${process.versions.node}`, true],
  [`runtimeVersion=v${process.versions.node.split('.').slice(0, 2).join('.')}`, true],
  ['runtimeVersionv2.0', false],
  ['managedHandler', 'ERROR_INVALID_PARAMETER'],
  ['bitness32,bitnes64', 'ERROR_INVALID_PARAMETER'],
  ['appPoolName=', 'ERROR_INVALID_PARAMETER'],
];
for (const [list, wanted] of preconditions)
  test(`precondition "${list}": ${wanted}`, () => {
    const { server } = stage();
    if (typeof wanted === 'boolean') assert.equal(server.satisfiesPrecondition(list), wanted);
    else assert.throws(() => server.satisfiesPrecondition(list), { code: wanted, message: /integratedMode.*came/ });
  });
