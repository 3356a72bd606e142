import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { until } from '@baton/core';
import { type ServiceError, status } from '@grpc/grpc-js';
import { hresultOf } from './callers.ts';
import { TestCluster } from './cluster.ts';
import type { ScriptedAdapter } from './scripted-adapter.ts';

/** Two pools and two protocols: shop has bindings of both, blog of http only. */
export const YAML = `apiVersion: baton/v1
pools: [{ name: shop }, { name: blog }]
apps:
  - { name: shop, pool: shop, entry: ./shop.js, bindings: ["http://*:8080/", "tcp://*:9000"] }
  - { name: blog, pool: blog, entry: ./blog.js, bindings: ["http://*:8081/"] }
`;

/** Where a call is made. */
export interface Stage {
  readonly cluster: TestCluster;
  /** Registered for http. */
  readonly adapter: ScriptedAdapter;
}

/** A call, and what it has to return. */
export interface Row {
  readonly call: string;
  readonly when: string;
  /** Names of the founding document. */
  readonly returns: 'S_OK' | 'E_INVALIDARG' | 'ERROR_NOT_FOUND' | 'ERROR_PIPE_NOT_CONNECTED' | 'ERROR_ALREADY_EXISTS';
  /** In the message of a refusal. */
  readonly says?: RegExp;
  readonly make: (stage: Stage) => Promise<unknown>;
}

const GRPC = {
  E_INVALIDARG: status.INVALID_ARGUMENT,
  ERROR_NOT_FOUND: status.NOT_FOUND,
  ERROR_PIPE_NOT_CONNECTED: status.UNAVAILABLE,
  ERROR_ALREADY_EXISTS: status.ALREADY_EXISTS,
} as const;

/** WAS was replaced and has not ended yet; it has noticed. */
export async function replace({ cluster }: Stage): Promise<void> {
  const { was } = cluster;
  await cluster.openSecond();
  await until(
    async () => {
      cluster.time.advance(1_000);
      return was.engine.isStopped;
    },
    10_000,
    'the end of the former leader',
  );
}

/** The stream of the adapter breaks, and WAS has noticed. */
export async function loseStream({ cluster, adapter }: Stage): Promise<void> {
  adapter.drop();
  await until(() => !cluster.isAttached(adapter.id), 10_000, 'the loss of the stream');
}

/** A test for each row, and one that the rows hold what is documented, as "Call CODE". */
export function returnCodes(rows: readonly Row[], documented: readonly string[]): void {
  describe('the return codes of the listener adapter API', () => {
    for (const { call, when, returns, says, make } of rows) {
      it(`${call}: ${returns} when ${when}`, async (t) => {
        const cluster = await TestCluster.open(t, YAML);
        const adapter = await cluster.adapter('a');
        if (returns === 'S_OK') {
          await make({ cluster, adapter });
          return;
        }
        await assert.rejects(make({ cluster, adapter }), (error: ServiceError) => {
          assert.deepEqual([error.code, hresultOf(error)], [GRPC[returns], returns], error.details);
          assert.match(error.details, says ?? /./);
          return true;
        });
      });
    }

    it('come from every call that is documented to return them', () => {
      const returned = new Set(rows.map(({ call, returns }) => `${call} ${returns}`));
      for (const code of documented) assert.ok(returned.has(code), code);
    });
  });
}
