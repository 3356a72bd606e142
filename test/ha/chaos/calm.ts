import type { Pair } from '../../support/index.ts';

/** One worker serves, on a host that is attached, two adapters are attached, and no recycle runs. */
export async function isCalm({ admin }: Pair): Promise<boolean> {
  const [workers, recycles, { hosts, adapters }] = await Promise.all([admin.workers(), admin.recycles({ limit: 5 }), admin.status()]).catch(
    () => [[], [], { hosts: [], adapters: [] }] as const,
  );
  return (
    workers.length === 1 &&
    workers[0]!.state === 'ready' &&
    workers[0]!.pid > 0 &&
    hosts.length === 2 &&
    hosts.every(({ state }) => state === 'attached') &&
    adapters.filter(({ attached }) => attached).length === 2 &&
    recycles.every(({ outcome }) => outcome !== 'running')
  );
}

/** What was there when it should have been calm. */
export async function printState({ admin }: Pair): Promise<void> {
  const { workers, hosts, adapters } = await admin.status();
  console.table(workers);
  console.table(hosts);
  console.table(adapters);
  console.table(await admin.channels());
  console.table((await admin.recycles({ limit: 5 })).map(({ phases: _, ...rest }) => rest));
  for (const { at, type, message } of await admin.events({ limit: 60 })) console.log(at, type, message);
}
