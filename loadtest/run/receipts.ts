import { type AdminClient, type Recycle, waitForRecycle } from '@baton/admin';

/** More than a store of receipts holds. */
const EVERY = 1000;

/** Ids of the recycles that a cluster tells of before a run. */
export async function knownRecycles(client: AdminClient, pool: string): Promise<ReadonlySet<string>> {
  return new Set((await client.recycles({ pool, limit: EVERY })).map(({ id }) => id));
}

/** The receipts of the recycles that began since, oldest first, after each of them has ended. */
export async function endedSince(client: AdminClient, pool: string, known: ReadonlySet<string>): Promise<readonly Recycle[]> {
  const receipts = (await client.recycles({ pool, limit: EVERY })).filter(({ id }) => !known.has(id));
  const ended = await Promise.all(
    receipts.map((receipt) => (receipt.outcome === 'running' ? waitForRecycle(client, receipt.id) : receipt)),
  );
  return ended.reverse();
}
