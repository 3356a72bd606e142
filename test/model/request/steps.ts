import { deliver } from '../adapter/deliver.ts';
import { noteEnd } from '../adapter/switch-to.ts';
import { Work } from '../state/words.ts';
import type { System } from '../system.ts';
import type { Request } from './request.ts';

/** A request comes from its client, and is answered by the worker that runs it. */
export function offerRequestSteps(system: System, request: Request): void {
  const { adapter, name, worker: generation } = request;
  if (request.state === Work.expected && adapter.hasOpened !== 0) {
    system.happens(
      () => `${name} (${request.isSafe ? 'safe' : 'unsafe'}) arrives at ${adapter.name}`,
      () => {
        request.state = Work.parked;
        deliver(system, adapter);
      },
    );
  }
  if (request.state !== Work.running) return;
  if (!system.world.worker(generation).isAlive || !adapter.link(generation).isUp) return;
  system.step(
    () => `g${generation} answers ${name}`,
    () => {
      request.state = Work.answered;
      request.worker = 0;
      noteEnd(request);
    },
  );
}
