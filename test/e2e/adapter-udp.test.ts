import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { test } from 'node:test';
import { waitForRecycle } from '@baton/admin';
import { sleep, until } from '@baton/core';
import { freePort } from '@baton/core/testing';
import { type Parts, startParts } from '../support/index.ts';

const ROOT = new URL('../../..', import.meta.url).pathname;
const RECYCLES = 10;

/** The adapter of examples/adapter-udp, as a part of a cluster. */
function startAdapter(cluster: Parts): ChildProcess {
  const env = { ...cluster.env, BATON_WAS: `127.0.0.1:${cluster.part('was').ports.grpc}` };
  return spawn(process.execPath, [`${ROOT}examples/adapter-udp/dist/main.js`], { stdio: 'ignore', env });
}

/** A client that numbers its datagrams and keeps who answered which. */
class UdpClient {
  readonly answers = new Map<number, string[]>();
  readonly socket: Socket = createSocket('udp4');
  private readonly port: number;
  private count = 0;

  constructor(port: number) {
    this.port = port;
    this.socket.on('message', (bytes) => {
      const [pid, , n] = bytes.toString().split(' ');
      this.answers.set(Number(n), [...(this.answers.get(Number(n)) ?? []), pid!]);
    });
  }

  send(): number {
    this.socket.send(String(++this.count), this.port, '127.0.0.1');
    return this.count;
  }

  async answered(n: number): Promise<string> {
    await until(() => this.answers.has(n), 20_000, `the answer to datagram ${n}`, 2);
    return this.answers.get(n)![0]!;
  }
}

test('a UDP adapter written with the kit: activation, idle-out, and recycles under datagrams without one lost or answered twice', async (t) => {
  const udpPort = await freePort();
  const app = `${ROOT}examples/adapter-udp/app.js`;
  await using cluster = await startParts({
    hostArgs: ['--app-root', ROOT],
    config: (port) => `apiVersion: baton/v1
listenerAdapters: [{ name: udp }]
pools:
  - { name: web }
  - { name: echo, processModel: { idleTimeout: 2s } }
apps:
  - { name: web, pool: web, entry: ${ROOT}test/apps/cluster-app.js, bindings: ["http://*:${port}/"] }
  - { name: echo, pool: echo, entry: ${app}, bindings: ["udp://*:${udpPort}"] }
`,
  });
  const adapter = startAdapter(cluster);
  const client = new UdpClient(udpPort);
  const workers = async () => (await cluster.admin.workers()).filter(({ pool }) => pool === 'echo');
  try {
    // Nobody listens before the adapter has registered; a datagram that comes too early is lost, as UDP has it.
    let first = 0;
    await until(
      async () => {
        first = client.send();
        await sleep(200);
        return client.answers.size > 0;
      },
      20_000,
      'the first answer',
    );
    t.diagnostic(`the pool was woken by a datagram; ${first} were sent before one was answered`);
    await until(async () => (await workers()).length === 0, 20_000, 'the idle-out');
    const woken = client.send();
    await client.answered(woken);

    const pids = new Set<string>();
    const sent: number[] = [];
    let isOver = false;
    const load = (async () => {
      while (!isOver) {
        sent.push(client.send());
        await sleep(2);
      }
    })();
    try {
      for (let n = 0; n < RECYCLES; n++) {
        const { recycleIds } = await cluster.admin.recyclePool('echo');
        const receipt = await waitForRecycle(cluster.admin, recycleIds[0]!);
        assert.equal(receipt.outcome, 'completed', JSON.stringify(receipt));
      }
    } finally {
      isOver = true;
      await load;
    }
    for (const n of sent) pids.add(await client.answered(n));
    const doubled = sent.filter((n) => client.answers.get(n)!.length > 1);
    t.diagnostic(`${sent.length} datagrams through ${RECYCLES} recycles, answered by ${pids.size} workers, ${doubled.length} doubled`);
    assert.deepEqual(doubled, []);
    assert.ok(pids.size > RECYCLES / 2, `only ${pids.size} workers answered`);

    adapter.kill('SIGTERM');
    const [code] = (await once(adapter, 'exit')) as [number | null];
    assert.equal(code, 0, 'it takes leave and ends');
    await until(
      async () => !(await cluster.admin.status()).adapters.some(({ id, attached }) => id.startsWith('udp-') && attached),
      20_000,
      'its leave',
    );
  } finally {
    client.socket.close();
    if (adapter.exitCode === null && adapter.signalCode === null) {
      adapter.kill('SIGKILL');
      await once(adapter, 'exit');
    }
  }
});
