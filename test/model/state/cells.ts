/** The bytes of one state. Records and queues reserve their places in it when the model is made. */
export class Memory {
  readonly all = new Uint8Array(512);
  private used = 0;

  reserve(length: number): number {
    const at = this.used;
    this.used += length;
    if (this.used > this.all.length) throw new RangeError(`a state has more than ${this.all.length} bytes`);
    return at;
  }

  /** How much has been reserved. */
  get length(): number {
    return this.used;
  }

  /** All that has been reserved, rounded up to whole words. */
  get state(): Uint8Array {
    return this.all.subarray(0, (this.used + 3) & ~3);
  }
}

type Fields<Names extends string> = { [Name in Names]: number };

/** A record whose fields, each one byte, lie in the memory of the state. */
export type Cells<Names extends string> = new (memory: Memory) => Fields<Names> & { clear(): void; copyFrom(other: object): void };

/** Makes the class of records with these fields. */
export function cells<const Names extends string>(...names: readonly Names[]): Cells<Names> {
  class Record {
    private readonly bytes: Uint8Array;
    private readonly at: number;

    constructor(memory: Memory) {
      this.bytes = memory.all;
      this.at = memory.reserve(names.length);
    }

    /** Sets all fields to zero. */
    clear(): void {
      this.bytes.fill(0, this.at, this.at + names.length);
    }

    /** Takes over all fields of another record of the same kind. */
    copyFrom(other: Record): void {
      this.bytes.copyWithin(this.at, other.at, other.at + names.length);
    }

    static define(name: string, offset: number): void {
      Object.defineProperty(Record.prototype, name, {
        get(this: Record) {
          return this.bytes[this.at + offset];
        },
        set(this: Record, value: number) {
          this.bytes[this.at + offset] = value;
        },
      });
    }
  }
  names.forEach(Record.define);
  return Record as unknown as Cells<Names>;
}
