import { offerLinkSteps } from './adapter/link-steps.ts';
import { offerAdapterSteps } from './adapter/steps.ts';
import type { Machine } from './check/machine.ts';
import { findBroken } from './checks/broken.ts';
import { isCalm } from './checks/calm.ts';
import type { Configuration } from './configuration.ts';
import { offerHostSteps } from './host/steps.ts';
import { offerRequestSteps } from './request/steps.ts';
import { setBeginning } from './state/beginning.ts';
import { describe } from './state/describe.ts';
import { simplify } from './state/simplify.ts';
import { System } from './system.ts';
import { offerWasSteps } from './was/steps.ts';
import { offerWorkerSteps } from './worker/steps.ts';

/**
 * The hand-over protocol of one slot as a state machine: two adapters with one channel each, WAS, one worker host, a few requests.
 * What another part can see is a step of its own; what a part does in one synchronous step is one step here.
 */
export function makeMachine(configuration: Configuration): Machine {
  const system = new System(configuration);
  setBeginning(system);
  const memory = system.world.memory.state;
  return {
    memory,
    initial: memory.slice(),
    steps: (emit) => system.offering(emit, () => offerAll(system)),
    simplify: () => simplify(system),
    broken: () => findBroken(system),
    isCalm: () => isCalm(system),
    describe: () => describe(system),
  };
}

function offerAll(system: System): void {
  const { requests, adapters, workers } = system.world;
  for (const request of requests) offerRequestSteps(system, request);
  for (const adapter of adapters) for (const link of adapter.links) offerLinkSteps(system, adapter, link);
  for (const worker of workers) offerWorkerSteps(system, worker);
  offerHostSteps(system);
  for (const adapter of adapters) offerAdapterSteps(system, adapter);
  offerWasSteps(system);
}
