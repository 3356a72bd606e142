import { sleep } from '@baton/core';
import { type HeldProxy, isAlive, type Pair, type Parts } from '../../support/index.ts';
import type { Traffic } from './traffic.ts';

/** What faults happen to. */
export interface Scene {
  readonly pair: Pair & { readonly parts: Parts };
  /** Between WAS and each adapter and host. */
  readonly wires: ReadonlyMap<string, HeldProxy>;
  readonly traffic: Traffic;
}

/** What may happen at any moment of a recycle. */
export const FAULTS: Readonly<Record<string, (scene: Scene) => Promise<unknown>>> = {
  nothing: async () => {},
  'WAS dies': (scene) => dieAndReturn(scene, 'was', 0),
  'WAS is away for 3 s': (scene) => dieAndReturn(scene, 'was', 3_000),
  'WAS stands still for 2 s': (scene) => standStill(scene, 'was', 2_000),
  'adapter 1 dies': (scene) => adapterDies(scene, 'adapter-1', 0),
  'adapter 2 is away for 2 s': (scene) => adapterDies(scene, 'adapter-2', 2_000),
  'adapter 1 stands still for 1 s': (scene) => standStill(scene, 'adapter-1', 1_000),
  'adapter 2 hears WAS 1.5 s late': (scene) => hearLate(scene, 'adapter-2', 1_500),
  'adapter 1 loses its stream': async ({ wires }) => wires.get('adapter-1')?.cut(),
  'both adapters lose their streams': async ({ wires }) => ['adapter-1', 'adapter-2'].map((name) => wires.get(name)?.cut()),
  'host 1 dies': (scene) => dieAndReturn(scene, 'host-1', 0),
  'host 2 dies': (scene) => dieAndReturn(scene, 'host-2', 500),
  'host 2 is away for 7 s': (scene) => dieAndReturn(scene, 'host-2', 7_000),
  'host 1 stands still for 1 s': (scene) => standStill(scene, 'host-1', 1_000),
  'host 2 stands still for 7 s': (scene) => standStill(scene, 'host-2', 7_000),
  'host 1 loses its stream': async ({ wires }) => wires.get('host-1')?.cut(),
  'the oldest worker dies': (scene) => killWorker(scene, 0),
  'the newest worker dies': (scene) => killWorker(scene, -1),
};

async function dieAndReturn({ pair: { parts } }: Scene, name: string, awayMs: number): Promise<void> {
  const part = parts.part(name);
  part.kill('SIGKILL');
  await part.ended;
  await sleep(awayMs);
  await parts.restart(name);
}

/** Its own connections go with it; nobody is sent to it before it answers again. */
async function adapterDies(scene: Scene, name: string, awayMs: number): Promise<void> {
  const underWay = scene.traffic.end(name, true);
  await dieAndReturn(scene, name, awayMs);
  await underWay;
  await scene.traffic.begin(name);
}

async function standStill({ pair: { parts } }: Scene, name: string, ms: number): Promise<void> {
  const part = parts.part(name);
  part.kill('SIGSTOP');
  await sleep(ms);
  part.kill('SIGCONT');
}

async function hearLate({ wires }: Scene, name: string, ms: number): Promise<void> {
  wires.get(name)?.hold();
  await sleep(ms);
  wires.get(name)?.release();
}

async function killWorker({ pair, traffic }: Scene, at: number): Promise<void> {
  const workers = [...(await pair.admin.workers())].filter(({ pid }) => pid > 0).sort((a, b) => a.generation - b.generation);
  const worker = workers.at(at);
  if (!worker || !isAlive(worker.pid)) return;
  traffic.killed(worker.pid);
  process.kill(worker.pid, 'SIGKILL');
}
