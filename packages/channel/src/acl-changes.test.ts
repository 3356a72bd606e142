import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { until } from '@baton/core';
import type { Hello } from './codec/handshake.ts';
import { KeySet } from './identity/key-set.ts';
import { createIdentityKeys, createProofKeys, type ProofKeys } from './identity/keys.ts';
import { signIdentity } from './identity/token.ts';
import { AclStage, type Attempt, identityOf, type Kind } from './testing/acl-stage.ts';
import { assertNothing } from './testing/assert-nothing.ts';

describe('keys of WAS that change', () => {
  test('drop no session: links that are cut resume, a token of the retired key is refused, one of the new key let in', async () => {
    await using s = await AclStage.open();
    const old = await s.join('w-old', 'shop', 1, 'lane');
    s.busy(old);
    await s.traffic(5);
    const [retired, next] = [s.signing, await createIdentityKeys()];
    const shows = async (by: typeof next): Promise<[Hello, ProofKeys]> => {
      const keys = createProofKeys();
      return [
        await s.hello({
          token: await signIdentity(by.privateJwk, identityOf('w-x', 'shop', 1), 60_000, { proofKey: keys.publicKey }),
          provedBy: keys,
        }),
        keys,
      ];
    };
    s.goodKeys = KeySet.of(JSON.stringify({ keys: [next.publicJwk, retired.publicJwk] }));
    s.signing = next;
    await s.join('w-new', 'shop', 1, 'grpc');
    s.goodKeys = KeySet.of(JSON.stringify({ keys: [next.publicJwk] }));
    for (let n = 0; n < 3; n++) {
      old.recorder.cut();
      await s.traffic(5);
    }
    assert.equal(old.session.state, 'open');
    assert.equal(s.refusals.counts.size, 0, 'a resume was refused');
    const [hello] = await shows(retired);
    assertNothing(await s.dial('lane', hello), 'unknown-key');
    assert.equal(s.refusals.counts.get('unknown-key'), 1);
    await s.traffic(5);
  });
});

describe('a resume that was read on the network', () => {
  for (const kind of ['lane', 'grpc'] as Kind[]) {
    test(`takes no session over when it is sent again, over ${kind}`, async () => {
      await using s = await AclStage.open();
      const victim = await s.join('w-1', 'shop', 1, 'lane');
      s.busy(victim);
      await s.traffic(5);
      victim.recorder.forget();
      victim.recorder.cut();
      await s.traffic(5);
      const resumed = s.helloOf(victim);
      assert.notEqual(resumed.resume, '');
      assert.ok(resumed.proof);
      assertNothing(await s.dial(kind, resumed), 'replayed');
      assert.equal(s.refusals.counts.get('replayed'), 1);
      await s.traffic(5);
    });
  }
});

describe('a pool identity that changes under live sessions', () => {
  test('leaves who is connected to serve until its link ends, ends who has none, and lets in nobody of the old one', async () => {
    await using s = await AclStage.open();
    const [serving, cut] = [await s.join('w-serving', 'shop', 1, 'lane'), await s.join('w-cut', 'shop', 1, 'grpc')];
    s.busy(serving);
    await s.traffic(5);
    // One that comes back at once would be no test: its way is gone for good.
    await cut.recorder[Symbol.asyncDispose]();
    await until(() => cut.session.state === 'suspended', 5_000, 'the loss of the link', 2);
    s.channels.set(1, { ...s.channels.get(1)!, poolIdentity: 'shop-2' });
    assert.deepEqual(s.server.rekey('a1', 1), { revoked: 1, ended: 1 });
    assert.equal(cut.session.state, 'closed');
    await s.traffic(10);
    const keys = createProofKeys();
    const show = async (poolIdentity: string): Promise<Attempt> => {
      const identity = { ...identityOf('w-next', 'shop', 1), poolIdentity };
      const token = await signIdentity(s.signing.privateJwk, identity, 60_000, { proofKey: keys.publicKey });
      return s.dial('lane', await s.hello({ token, provedBy: keys }));
    };
    assertNothing(await show('shop'), 'wrong-identity');
    assert.equal(s.refusals.counts.get('wrong-identity'), 1);
    s.isOver = true;
    serving.recorder.cut();
    await until(() => s.refusals.counts.get('unknown-session') === 1, 5_000, 'the refused resume', 2);
    await until(() => serving.worker.state === 'closed', 5_000, 'the end at the worker', 2);
  });
});
