/** What a job id tells. */
export interface JobName {
  readonly slot: string;
  readonly generation: number;
  readonly verb: string;
  readonly epoch: number;
  readonly number: number;
}

/** `slot-generation-verb-epoch-n`, the "/" of the slot as "." : BullMQ keys have colons, ids must not. */
export function jobId({ slot, generation, verb, epoch, number }: JobName): string {
  return [slot.replace('/', '.'), generation, verb, epoch, number].join('-');
}

/** Reads a job id; undefined when it is none of ours. */
export function parseJobId(id: string): JobName | undefined {
  const match = /^(.+)\.(\d+)-(\d+)-([a-z]+)-(\d+)-(\d+)$/.exec(id);
  if (!match) return undefined;
  const [, pool, index, generation, verb, epoch, number] = match as unknown as string[];
  return { slot: `${pool}/${index}`, generation: Number(generation), verb: verb!, epoch: Number(epoch), number: Number(number) };
}
