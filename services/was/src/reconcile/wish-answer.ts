import { control, create } from '@baton/proto';
import type { Engine } from './engine.ts';

const KINDS = { idle: control.WishKind.IDLE_OUT, recycle: control.WishKind.RECYCLE } as const;

/** Answers what a worker asked for, through its host. */
export function answerWish(engine: Engine, workerId: string, kind: keyof typeof KINDS, granted: boolean, reason: string): void {
  const worker = engine.cluster.workers.get(workerId);
  if (!worker) return;
  const value = create(control.WishAnswerSchema, { workerId, kind: KINDS[kind], granted, reason });
  engine.hosts.send(worker.record.host, { case: 'wishAnswer', value });
}
