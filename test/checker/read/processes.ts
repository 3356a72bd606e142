import type { ProcessFact } from '../history.ts';

/** The worker processes among others: each is named "baton w3 pool=shop gen=4". */
export function readWorkerProcesses(rows: readonly { readonly pid: number; readonly command: string }[]): ProcessFact[] {
  return rows.flatMap(({ pid, command }) => {
    const [, worker, generation] = /^baton (\S+) pool=\S+ gen=(\d+)/.exec(command) ?? [];
    return worker === undefined ? [] : [{ pid, worker, generation: Number(generation) }];
  });
}
