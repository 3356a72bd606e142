import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import * as HSE from '../../constants/isapi.ts';
import { RQ_MAP_PATH } from '../../constants/request-notifications.ts';
import { RQ_NOTIFICATION_CONTINUE } from '../../constants/statuses.ts';
import type { MapPathProvider } from '../../context/providers.ts';
import { HostError } from '../../errors/host-error.ts';
import type { ModuleRegistrationInfo } from '../../pipeline/registration-info.ts';
import { startTestHost } from '../../testing/index.ts';
import type { ExtensionControlBlock } from '../extension-control-block.ts';

const ROOT = mkdtempSync(join(tmpdir(), 'baton-map-url-'));
process.once('exit', () => rmSync(ROOT, { recursive: true }));

/** What an extension gets for each URL: the path below its folder, or the name of the error. */
async function mapAll(urls: readonly string[], code: number = HSE.HSE_REQ_MAP_URL_TO_PATH, modules: Record<string, unknown> = {}) {
  const found: string[] = [];
  const map = (ecb: ExtensionControlBlock, url: string): string => {
    try {
      const mapped = ecb.serverSupportFunction(code, url) as string | { path: string };
      const path = typeof mapped === 'string' ? mapped : mapped.path;
      return path.startsWith(ROOT) ? path.slice(ROOT.length) : `outside: ${path}`;
    } catch (error) {
      return HostError.is(error) ? error.code : String(error);
    }
  };
  const extension = {
    httpExtensionProc(ecb: ExtensionControlBlock) {
      for (const url of urls) found.push(map(ecb, url));
      return HSE.HSE_STATUS_SUCCESS;
    },
  };
  await using host = await startTestHost({ extension, root: ROOT, modules });
  await (await host.fetch('/')).arrayBuffer();
  return found;
}

suite('HSE_REQ_MAP_URL_TO_PATH', () => {
  const rows: Record<string, string> = {
    '/': '/',
    '/tea': '/tea',
    '/tea?cup=2': '/tea',
    '/tea#leaf': '/tea',
    '/tea?cup=/../..': '/tea',
    '/what%3Fnow': '/what?now',
    '/what%3Fnow?cup=%3F': '/what?now',
    '/no%231': '/no#1',
    '/50%25': '/50%',
    '/a%20b': '/a b',
    '/k%C3%A4se': '/käse',
    '/a/./b/../c': '/a/c',
    '/a//b': '/a/b',
    '/a\\b': '/a/b',
    '/a%5Cb': '/a/b',
    // as HTTP.sys does: a slash is a slash, however it came
    '/a%2Fb': '/a/b',
    '/a%2f..%2Fb': '/b',
    // decoded once
    '/a%252Fb': '/a%2Fb',
    '/%252e%252e/b': '/%2e%2e/b',
    '/..': 'ERROR_INVALID_PARAMETER',
    '/a/../../etc': 'ERROR_INVALID_PARAMETER',
    '/%2e%2e/etc': 'ERROR_INVALID_PARAMETER',
    '/..%2fetc': 'ERROR_INVALID_PARAMETER',
    '/..%5cetc': 'ERROR_INVALID_PARAMETER',
    '/..\\etc': 'ERROR_INVALID_PARAMETER',
    '/a%00b': 'ERROR_INVALID_PARAMETER',
    '/a\0b': 'ERROR_INVALID_PARAMETER',
    '/%zz': 'ERROR_INVALID_PARAMETER',
    '/%ff': 'ERROR_INVALID_PARAMETER',
    tea: 'ERROR_INVALID_PARAMETER',
    '': 'ERROR_INVALID_PARAMETER',
    '?/tea': 'ERROR_INVALID_PARAMETER',
    'http://host/tea': 'ERROR_INVALID_PARAMETER',
  };
  for (const code of [HSE.HSE_REQ_MAP_URL_TO_PATH, HSE.HSE_REQ_MAP_UNICODE_URL_TO_PATH_EX])
    test(`code ${code}: the query is cut before anything is decoded, and nothing leads out of the folder`, async () => {
      const found = await mapAll(Object.keys(rows), code);
      assert.deepEqual(Object.fromEntries(Object.keys(rows).map((url, index) => [url, found[index]])), rows);
    });

  test('modules of RQ_MAP_PATH are asked, and may map it elsewhere', async () => {
    const seen: string[] = [];
    const mapper = {
      registerModule: (_version: number, info: ModuleRegistrationInfo) =>
        info.setRequestNotifications(
          {
            getHttpModule: () => ({
              onMapPath(_context: unknown, provider: MapPathProvider) {
                seen.push(provider.getUrl());
                if (provider.getUrl() === '/virtual') provider.setPhysicalPath(join(ROOT, 'moved'));
                return RQ_NOTIFICATION_CONTINUE;
              },
            }),
          },
          RQ_MAP_PATH,
          0,
        ),
    };
    assert.deepEqual(await mapAll(['/virtual?x', '/plain'], HSE.HSE_REQ_MAP_URL_TO_PATH, { mapper }), ['/moved', '/plain']);
    assert.deepEqual(seen, ['/virtual', '/plain']);
  });
});

test('HSE_REQ_NORMALIZE_URL takes a question mark that stands as %3F for one of the path', async () => {
  const { normalizeUrl } = await import('../url.ts');
  assert.equal(normalizeUrl('/a%3Fb/../c?d=/..'), '/c?d=/..');
});
