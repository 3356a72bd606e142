import { Ints } from './ints.ts';

const CHUNK_BITS = 15;
const CHUNK_STATES = 1 << CHUNK_BITS;

/**
 * Every state found, in the order of discovery, with a hash index over them.
 *
 * - States are kept and compared whole: two states are never taken for one because their hashes agree.
 */
export class StateStore {
  length = 0;
  private readonly words: number;
  private readonly chunks: Int32Array[] = [];
  private readonly hashes = new Ints();
  private table = new Int32Array(1 << 18);

  constructor(bytesPerState: number) {
    this.words = bytesPerState >> 2;
  }

  /** The number of the state in `candidate`; a new state gets the next number, which is then the old `length`. */
  add(candidate: Int32Array): number {
    const hash = hashOf(candidate);
    const mask = this.table.length - 1;
    let place = hash & mask;
    for (let entry = this.table[place] as number; entry !== 0; entry = this.table[place] as number) {
      if (this.hashes.at(entry - 1) === hash && this.isAt(entry - 1, candidate)) return entry - 1;
      place = (place + 1) & mask;
    }
    const id = this.length++;
    if ((id & (CHUNK_STATES - 1)) === 0) this.chunks.push(new Int32Array(CHUNK_STATES * this.words));
    this.chunkOf(id).set(candidate, this.offsetOf(id));
    this.hashes.push(hash);
    this.table[place] = id + 1;
    if (this.length * 2 > this.table.length) this.growTable();
    return id;
  }

  /** Copies state `id` into `target`. */
  read(id: number, target: Int32Array): void {
    const chunk = this.chunkOf(id);
    const offset = this.offsetOf(id);
    for (let i = 0; i < this.words; i++) target[i] = chunk[offset + i] as number;
  }

  isAt(id: number, candidate: Int32Array): boolean {
    const chunk = this.chunkOf(id);
    const offset = this.offsetOf(id);
    for (let i = 0; i < this.words; i++) if (chunk[offset + i] !== candidate[i]) return false;
    return true;
  }

  private chunkOf(id: number): Int32Array {
    return this.chunks[id >> CHUNK_BITS] as Int32Array;
  }

  private offsetOf(id: number): number {
    return (id & (CHUNK_STATES - 1)) * this.words;
  }

  private growTable(): void {
    const table = new Int32Array(this.table.length * 2);
    const mask = table.length - 1;
    for (let id = 0; id < this.length; id++) {
      let place = this.hashes.at(id) & mask;
      while (table[place] !== 0) place = (place + 1) & mask;
      table[place] = id + 1;
    }
    this.table = table;
  }
}

/** Mixes all words (the finishing steps of MurmurHash3). */
function hashOf(words: Int32Array): number {
  let hash = 0x9e3779b9 | 0;
  for (let i = 0; i < words.length; i++) {
    hash = Math.imul(hash ^ (words[i] as number), 0x85ebca6b);
    hash ^= hash >>> 15;
  }
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
