import type { PoolConfig } from '@baton/config';

/** One time of day at which a pool is recycled, as a BullMQ job scheduler. */
export interface PlannedTime {
  /** Id of the job scheduler. "@" is in no name of a pool, and BullMQ keeps ":" for itself. */
  readonly id: string;
  readonly pool: string;
  /** "03:00" */
  readonly time: string;
  /** Cron pattern. */
  readonly pattern: string;
}

/** The times of day of all pools. */
export function planTimes(pools: readonly Pick<PoolConfig, 'name' | 'recycling'>[]): PlannedTime[] {
  return pools.flatMap(({ name, recycling }) =>
    recycling.periodicRestart.schedule.map((time) => {
      const [hour, minute] = time.split(':').map(Number);
      return { id: `${name}@${time.replace(':', '')}`, pool: name, time, pattern: `${minute} ${hour} * * *` };
    }),
  );
}

/** What to add and what to take away, so that Redis has the schedulers that are wanted. One that is there stays as it is: its next firing may be due. */
export function comparePlans(
  wanted: readonly PlannedTime[],
  present: readonly { readonly key: string; readonly pattern?: string | undefined }[],
): { add: PlannedTime[]; remove: string[] } {
  const isPresent = ({ id, pattern }: PlannedTime) => present.some((one) => one.key === id && one.pattern === pattern);
  return {
    add: wanted.filter((one) => !isPresent(one)),
    remove: present.filter(({ key }) => !wanted.some(({ id }) => id === key)).map(({ key }) => key),
  };
}
