import { execFile } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeCertificate } from '@baton/core/testing';
import { fixture } from '../../support/index.ts';
import type { CaseResult, Place, Suite, Target } from '../suite.ts';
import { readReport } from './read-report.ts';
import { findH2spec } from './tool.ts';

/** How long h2spec waits for an answer that should come, s. */
const CASE_LIMIT_S = 2;
const RUN_LIMIT_MS = 300_000;

/**
 * h2spec, strict, against our HTTP/2 and that of plain Node, both in TLS: on a port without TLS what does not begin with the preface is HTTP/1.1 to us,
 * and is answered as such.
 */
export const h2spec: Suite<string> = {
  name: 'h2spec',
  title: 'HTTP/2 and HPACK by h2spec, strict',
  source: 'github.com/summerwind/h2spec',
  rounds: ['steady', 'recycling'],
  demands: 'as-node',
  differences: {},
  prepare: findH2spec,
  config,
  peer: (place) => {
    writeCertificate(place);
    return { entry: fixture('conformance/h2spec-node.js') };
  },
  run,
};

function config(place: Place): string {
  writeCertificate(place);
  const { dir, port, tlsPort } = place;
  return `apiVersion: baton/v1
tls: [{ host: '*', cert: ${join(dir, 'tls.crt')}, key: ${join(dir, 'tls.key')} }]
pools: [{ name: app, startMode: alwaysRunning }]
apps:
  - name: app
    pool: app
    entry: ${fixture('conformance/h2spec.js')}
    bindings: ["http://*:${port}/", "https://*:${tlsPort}/"]
`;
}

function writeCertificate({ dir }: Place): void {
  const { cert, key } = makeCertificate(['localhost', '127.0.0.1']);
  writeFileSync(join(dir, 'tls.crt'), cert);
  writeFileSync(join(dir, 'tls.key'), key);
}

async function run({ host, tlsPort, dir }: Target, tool: string): Promise<readonly CaseResult[]> {
  const report = join(dir, 'h2spec.xml');
  rmSync(report, { force: true });
  const args = ['-S', '-t', '-k', '-h', host, '-p', String(tlsPort), '-o', String(CASE_LIMIT_S), '-j', report];
  // It ends with 1 when a case failed; only a report says what it found.
  await new Promise<void>((resolve) => execFile(tool, args, { timeout: RUN_LIMIT_MS, maxBuffer: 2 ** 26 }, () => resolve()));
  return readReport(readFileSync(report, 'utf8'));
}
