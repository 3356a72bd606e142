import { violation } from '../codec/violation.ts';

const FIRST_CAPACITY = 64;

/**
 * The requests of a session by stream id, in an array: a Map costs more than the rest of a small frame.
 *
 * - An id is not used twice within 2^32 requests, so a late frame of an ended request meets nothing.
 * - The slot of an id is its low bits; the side that gives out ids skips those whose slot is taken, so two never share one.
 */
export class StreamTable<S extends { readonly id: number }> {
  size = 0;
  /** The id given out, or seen, last. */
  lastId = 0;
  private slots: (S | undefined)[] = new Array(FIRST_CAPACITY).fill(undefined);
  private mask = FIRST_CAPACITY - 1;
  private readonly maxCapacity: number;

  constructor(maxStreams: number) {
    this.maxCapacity = 2 ** Math.ceil(Math.log2(Math.max(FIRST_CAPACITY, 4 * maxStreams)));
  }

  get(id: number): S | undefined {
    const stream = this.slots[id & this.mask];
    return stream !== undefined && stream.id === id ? stream : undefined;
  }

  /** The next id to give out; `add` a stream with it before asking again. */
  nextId(): number {
    if (this.size * 2 >= this.slots.length) this.grow();
    let id = this.lastId;
    do id = (id + 1) >>> 0;
    while (id === 0 || this.slots[id & this.mask] !== undefined);
    this.lastId = id;
    return id;
  }

  /** Throws when the id is not newer than `lastId`, or chosen so that it cannot be kept beside those here. */
  add(stream: S): void {
    while (this.slots[stream.id & this.mask] !== undefined) {
      if (this.slots.length >= this.maxCapacity) throw violation(`stream id ${stream.id} collides with one that is open`);
      this.grow();
    }
    this.slots[stream.id & this.mask] = stream;
    this.size++;
  }

  remove(stream: S): void {
    const slot = stream.id & this.mask;
    if (this.slots[slot] !== stream) return;
    this.slots[slot] = undefined;
    this.size--;
  }

  /** True for an id that was given out or seen; ids grow, with wrap-around. */
  wasUsed(id: number): boolean {
    return id !== 0 && ((this.lastId - id) | 0) >= 0;
  }

  /** All streams, as a copy: the caller may end them. */
  all(): S[] {
    return this.slots.filter((stream) => stream !== undefined);
  }

  private grow(): void {
    const old = this.slots;
    this.mask = old.length * 2 - 1;
    this.slots = new Array(old.length * 2).fill(undefined);
    for (const stream of old) if (stream) this.slots[stream.id & this.mask] = stream;
  }
}
