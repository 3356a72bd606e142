import type { Memory } from './cells.ts';

/** A short queue of bytes in the memory of the state; 0 is no entry. */
export class Queue {
  private readonly bytes: Uint8Array;
  private readonly at: number;
  private readonly capacity: number;

  constructor(memory: Memory, capacity: number) {
    this.bytes = memory.all;
    this.at = memory.reserve(capacity);
    this.capacity = capacity;
  }

  /** The oldest entry; 0 when there is none. */
  get first(): number {
    return this.bytes[this.at] as number;
  }

  get length(): number {
    let length = 0;
    while (length < this.capacity && this.bytes[this.at + length] !== 0) length++;
    return length;
  }

  /** Reaching the capacity is a fault of the model, not of the protocol: something is sent again and again. */
  push(entry: number): void {
    const { length } = this;
    if (length === this.capacity) throw new RangeError(`a queue of ${this.capacity} is too short`);
    this.bytes[this.at + length] = entry;
  }

  shift(): number {
    const { first } = this;
    this.bytes.copyWithin(this.at, this.at + 1, this.at + this.capacity);
    this.bytes[this.at + this.capacity - 1] = 0;
    return first;
  }

  has(entry: number): boolean {
    for (let k = 0; k < this.capacity; k++) if (this.bytes[this.at + k] === entry) return true;
    return false;
  }

  /** Rewrites every entry. */
  map(change: (entry: number) => number): void {
    for (let k = 0; k < this.capacity; k++) this.bytes[this.at + k] = change(this.bytes[this.at + k] as number);
  }

  clear(): void {
    this.bytes.fill(0, this.at, this.at + this.capacity);
  }
}
