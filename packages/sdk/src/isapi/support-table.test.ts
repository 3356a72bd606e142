import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import * as HSE from '../constants/isapi.ts';
import { HostError } from '../errors/host-error.ts';
import { workingCodes } from './support/call.ts';
import { NOT_SUPPORTED, printSupportTable, SUPPORT_TABLE } from './support/table.ts';
import { startExtension } from './testing/start-extension.ts';

/** Every code of httpext.h, version 8.0, as its documentation lists them. */
const ALL = [
  1, 2, 3, 4, 1001, 1002, 1003, 1005, 1006, 1007, 1008, 1010, 1011, 1012, 1014, 1015, 1016, 1017, 1018, 1023, 1024, 1025, 1026, 1027,
].concat([1028, 1030, 1032, 1033, 1037, 1038, 1040, 1041, 1042, 1043, 1044, 1045, 1046, 1047, 1048, 1049, 1050]);

test('every code is in the table once, with what it does or why not', () => {
  assert.deepEqual(
    SUPPORT_TABLE.map(({ code }) => code),
    ALL,
  );
  for (const row of SUPPORT_TABLE) assert.notEqual(row.why, '', row.name);
});

test('what the table says works is there, and nothing else', () => {
  assert.deepEqual(
    workingCodes(),
    SUPPORT_TABLE.filter(({ works }) => works).map(({ code }) => code),
  );
});

test('the others answer ERROR_NOT_SUPPORTED by name, with the reason; a number that is no code is ERROR_INVALID_PARAMETER', async () => {
  const problems: unknown[] = [];
  await using running = await startExtension({
    httpExtensionProc(ecb) {
      try {
        for (const { code, name, why } of NOT_SUPPORTED.values()) {
          assert.throws(
            () => ecb.serverSupportFunction(code),
            (error) => HostError.is(error, 'ERROR_NOT_SUPPORTED') && error.message.includes(`${name} is not supported: ${why}`),
          );
        }
        for (const code of [0, 5, 1004, 1051, -1, 'toString', undefined])
          assert.throws(
            () => ecb.serverSupportFunction(code as number),
            (error) => HostError.is(error, 'ERROR_INVALID_PARAMETER'),
          );
      } catch (error) {
        problems.push(error);
      }
      return HSE.HSE_STATUS_SUCCESS;
    },
  });
  await fetch(running.url);
  assert.deepEqual(problems, []);
});

test('docs/programming-model.md has this table', () => {
  const page = readFileSync(new URL('../../../../docs/programming-model.md', import.meta.url), 'utf8');
  assert.ok(page.includes(printSupportTable()), `put this into the section "ISAPI":\n${printSupportTable()}`);
});
