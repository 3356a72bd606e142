/** Routines that wait for a slot, first come, first served; grows by doubling, so that adding and taking cost no allocation each. */
export class SlotQueue<T> {
  #items: (T | undefined)[] = new Array(16);
  #atMs = new Float64Array(16);
  #first = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** When the first one came, ms of performance.now(). */
  get firstAtMs(): number {
    return this.#atMs[this.#first]!;
  }

  push(item: T, nowMs: number): void {
    if (this.#length === this.#items.length) this.#grow();
    const place = (this.#first + this.#length++) & (this.#items.length - 1);
    this.#items[place] = item;
    this.#atMs[place] = nowMs;
  }

  shift(): T {
    const item = this.#items[this.#first] as T;
    this.#items[this.#first] = undefined;
    this.#first = (this.#first + 1) & (this.#items.length - 1);
    this.#length--;
    return item;
  }

  #grow(): void {
    const size = this.#items.length;
    const items = new Array<T | undefined>(size * 2);
    const atMs = new Float64Array(size * 2);
    for (let index = 0; index < size; index++) {
      const from = (this.#first + index) & (size - 1);
      items[index] = this.#items[from];
      atMs[index] = this.#atMs[from]!;
    }
    this.#items = items;
    this.#atMs = atMs;
    this.#first = 0;
  }
}
