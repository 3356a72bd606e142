import { Down, unpackToAdapter } from '../state/messages.ts';
import { Leaving, NOBODY } from '../state/words.ts';
import { named, type System } from '../system.ts';
import type { Adapter } from './adapter.ts';
import { killAdapter } from './die.ts';
import { obeyHandover } from './obey.ts';
import { loseStream } from './register.ts';
import { switchTo } from './switch-to.ts';

/** What an adapter does by itself, and what happens to its stream to WAS. Registering is offered by the leader it registers with. */
export function offerAdapterSteps(system: System, adapter: Adapter): void {
  const { rules, world } = system;
  const { name, stream } = adapter;
  const leader = world.leaderOf(stream);
  if (adapter.hasOpened !== 0) {
    system.goesWrong(
      'adapter',
      () => `${name} dies`,
      () => killAdapter(adapter, leader),
    );
  }

  if (leader)
    system.goesWrong(
      'wasDrop',
      () => `the WAS stream of ${name} drops`,
      () => loseStream(adapter, leader),
    );
  if (stream !== 0 && !leader && rules.fallback) {
    system.step(
      () => `${name} notices that its leader is gone`,
      () => loseStream(adapter, undefined),
    );
  }
  if (stream !== 0 && adapter.fromWas.first !== 0) offerNextMessage(system, adapter);
  const needsWorker = rules.openUnlessConnected ? !adapter.hasConnectedEligible : adapter.eligible === 0;
  if (stream !== 0 && adapter.permission !== 0 && adapter.openNumber === 0 && adapter.hasParked && needsWorker) {
    system.step(
      () => `${name} opens (work is parked)`,
      () => {
        adapter.openNumber = adapter.permission;
        adapter.openTo = stream;
        adapter.permission = 0;
      },
    );
  }
  if (rules.fallback && stream === 0 && adapter.isOrphan !== 0) offerFallback(system, adapter);
}

function offerNextMessage(system: System, adapter: Adapter): void {
  const { name, stream } = adapter;
  const message = unpackToAdapter(adapter.fromWas.first);
  const { type, from, to } = message;
  if (type === Down.mayOpen) {
    system.step(
      () => `${name} gets permission ${to} to open`,
      () => {
        adapter.fromWas.shift();
        adapter.permission = to;
        forgetFormer(adapter);
      },
    );
    return;
  }
  const condition = type === Down.handoverIfIdle ? '(onlyIfIdle)' : '';
  system.step(
    () => `${name} obeys Handover${condition} ${named(from)} to ${named(to)} (stream of epoch ${stream})`,
    () => {
      adapter.fromWas.shift();
      obeyHandover(system, adapter, message);
      forgetFormer(adapter);
    },
  );
}

function forgetFormer(adapter: Adapter): void {
  if (adapter.formerMessages > 0) adapter.formerMessages--;
}

function offerFallback(system: System, adapter: Adapter): void {
  const best = adapter.links.findLast((link) => link.isUp && link.leaving !== Leaving.heard);
  if (!best) return;
  const { generation } = best.worker;
  system.step(
    () => `${adapter.name}, without WAS, falls back to ${named(generation)}`,
    () => switchTo(system, adapter, NOBODY, generation),
  );
}
