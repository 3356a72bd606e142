import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { until } from '@baton/core';
import type { Hello } from './codec/handshake.ts';
import { createProofKeys } from './identity/keys.ts';
import type { RefusalReason } from './identity/refusal.ts';
import { AclStage, MARKER } from './testing/acl-stage.ts';
import { assertNothing } from './testing/assert-nothing.ts';
import { ATTACKS, type Cast } from './testing/attacks.ts';

/** The log names the reason and none of what must stay secret. */
function assertLogged(s: AclStage, from: number, reason: RefusalReason, first: Hello | Buffer, who: Cast): void {
  const lines = s.lines.slice(from).map((line) => JSON.parse(line) as { reason?: string; msg: string; level: string });
  assert.ok(
    lines.some((line) => line.reason === reason && line.level === 'warn'),
    `no line says "${reason}": ${s.lines.slice(from).join('')}`,
  );
  const secrets = [who.victim, who.overGrpc, who.own].flatMap((member) => [member.token, member.keys.privateKey, s.helloOf(member).proof!]);
  const hello = Buffer.isBuffer(first) ? undefined : first;
  for (const part of [
    ...secrets,
    ...[...s.channels.values()].map(({ secret }) => secret),
    hello?.secret,
    hello?.token,
    hello?.proof,
    hello?.nonce,
    hello?.resume,
  ]) {
    if (part) assert.ok(!s.lines.some((line) => line.includes(part)), `the log holds ${part.slice(0, 12)}…`);
  }
}

describe('a worker with the wrong identity gets no byte of another pool', () => {
  let stage: AclStage;
  let cast: Cast;

  before(async () => {
    stage = await AclStage.open();
    const [victim, overGrpc] = [await stage.join('w-lane', 'shop', 1, 'lane'), await stage.join('w-grpc', 'shop', 1, 'grpc')];
    cast = { victim, overGrpc, own: await stage.join('w-own', 'billing', 2, 'lane'), keys: createProofKeys() };
    stage.busy(victim);
    stage.busy(overGrpc);
    await stage.traffic(10);
  });

  after(() => stage[Symbol.asyncDispose]());

  for (const kind of ['lane', 'grpc'] as const) {
    for (const { title, reason, first: make } of ATTACKS) {
      test(`with ${title}, over ${kind}`, async (t) => {
        const first = await make(stage, cast);
        const [counted, from] = [stage.refusals.counts.get(reason) ?? 0, stage.lines.length];
        const attempt = await stage.dial(kind, first);
        assertNothing(attempt, reason);
        // Over gRPC a message too large for its receiver never comes through to the channel.
        const isCounted = () => stage.refusals.counts.get(reason) === counted + 1;
        if (kind === 'grpc' && title === 'a message of a gigabyte') return t.diagnostic('grpc-js refuses it');
        await until(isCounted, 5_000, `a refusal counted as ${reason}: ${JSON.stringify([...stage.refusals.counts])}`, 2);
        assertLogged(stage, from, reason, first, cast);
        await stage.traffic(5);
      });
    }
  }

  test('his own worker had its channel all the time, and nothing of the other', () => {
    assert.equal(cast.own.session.state, 'open');
    assert.ok(!cast.own.recorder.down.includes(MARKER));
    assert.ok(cast.victim.recorder.down.includes(MARKER), 'the marker is on the network of those who may read it');
    assert.equal(cast.victim.session.state, 'open');
    assert.equal(cast.overGrpc.session.state, 'open');
  });
});
