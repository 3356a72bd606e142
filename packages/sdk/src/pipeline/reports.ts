import type { WriteLog } from '../server/server-host.ts';
import { describeStage } from './describe-stage.ts';
import type { ModuleInstance } from './module-instance.ts';
import type { Stage } from './plan.ts';
import type { Walk } from './walk.ts';

/** A handler has thrown, or its promise was rejected. */
export function reportHandler(log: WriteLog, instance: ModuleInstance, stage: Stage, error: unknown): void {
  reportModule(log, instance.registration.name, describeStage(stage), error);
}

/** A module has thrown, or its promise was rejected, in what it does there. */
export function reportModule(log: WriteLog, module: string, step: string, error: unknown): void {
  log('error', `Module "${module}" failed in ${step}: ${messageOf(error)}`, { module, step, error });
}

/** Something of the host has failed; `module`: in what that module has given it. */
export function reportFailure(log: WriteLog, step: string, error: unknown, module?: string): void {
  if (module !== undefined) reportModule(log, module, step, error);
  else log('error', `A request failed in ${step}: ${messageOf(error)}`, { step, error });
}

/** A request goes on without the module that had it PENDING. */
export function reportAbandoned(walk: Walk, nowMs: number): void {
  const fields = fieldsOf(walk, nowMs);
  const { module, step, pendingMs } = fields;
  walk.run.log(
    'error',
    `Module "${module}" left a request PENDING in ${step} for ${pendingMs} ms, beyond its deadline; it goes on without the module.`,
    fields,
  );
}

/** A request without a deadline has been PENDING for long. */
export function reportPending(walk: Walk, nowMs: number): void {
  const fields = fieldsOf(walk, nowMs);
  const { module, step, pendingMs } = fields;
  walk.run.log(
    'warn',
    `Module "${module}" has had a request PENDING in ${step} for ${pendingMs} ms. Does it complete it on each of its ways?`,
    fields,
  );
}

/** A promise was rejected after its request had gone on without it. */
export function reportLate(walk: Walk, instance: ModuleInstance, error: unknown): void {
  const module = instance.registration.name;
  walk.run.log('warn', `Module "${module}" failed when its request had gone on without it: ${messageOf(error)}`, { module, error });
}

function fieldsOf(walk: Walk, nowMs: number): { module: string; step: string; pendingMs: number } {
  return { module: walk.instance!.registration.name, step: describeStage(walk.stage), pendingMs: nowMs - walk.pendingAtMs };
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
