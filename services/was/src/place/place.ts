import type { Host } from '../cluster/host.ts';

/** Where a worker goes; without a host, why. */
export type Choice = { readonly host: string; readonly reason?: undefined } | { readonly host?: undefined; readonly reason: string };

/**
 * The host with the most room: free places first, then free memory, then the name, so that the same facts give the same answer.
 *
 * - Not eligible: lost or silent, shutting down, full.
 * - One that said it lacks the app's entry comes last: it is asked again only when nobody else is left, at the pace of the retries.
 * - `leave`: the host of a worker that is replaced; every other one that can take the replacement comes before it.
 */
export function chooseHost(
  hosts: readonly Host[],
  load: ReadonlyMap<string, number>,
  entry: string,
  now: number,
  leave: string | undefined = undefined,
): Choice {
  const attached = hosts.filter(({ state, isConnected, isStopping }) => state === 'attached' && isConnected && !isStopping);
  const room = (host: Host) => host.capacity - (load.get(host.id) ?? 0);
  const lacks = ({ avoid }: Host) => (now < (avoid.get(entry) ?? 0) ? 1 : 0);
  const isLeft = ({ id }: Host) => (id === leave ? 1 : 0);
  const best = attached
    .filter((host) => room(host) > 0)
    .sort(
      (a, b) =>
        lacks(a) - lacks(b) ||
        isLeft(a) - isLeft(b) ||
        room(b) - room(a) ||
        b.freeMemoryBytes - a.freeMemoryBytes ||
        (a.id < b.id ? -1 : 1),
    )[0];
  if (best) return { host: best.id };
  return { reason: attached.length === 0 ? 'no worker host is attached' : 'every attached worker host is full' };
}
