/**
 * A token bucket for each client: holds up to `burst` tokens, gets `perSecond` of them back each second, and each request takes one.
 *
 * - A bucket is two numbers, and is filled when it is looked at: there is no timer.
 * - At most `clients` buckets are kept. One more puts out the client that was seen longest ago: clients without a number must not be memory without one.
 */
export class TokenBuckets {
  #buckets = new Map();
  #options;

  /** @default now ms, monotonic */
  constructor({ perSecond, burst, clients = 10_000, now = () => performance.now() }) {
    for (const [name, value] of Object.entries({ perSecond, burst, clients }))
      if (!(value > 0 && Number.isFinite(value))) throw new Error(`"${name}" must be a number above 0, and is ${value}`);
    if (burst < 1) throw new Error(`"burst" must be 1 or more, and is ${burst}: a bucket that never holds a token lets nothing through`);
    this.#options = { perSecond, burst, clients, now };
  }

  /** Takes a token: 0 = it was there; else ms until there will be one. */
  take(client) {
    const { perSecond, burst, clients, now } = this.#options;
    const nowMs = now();
    const bucket = this.#buckets.get(client) ?? { tokens: burst, atMs: nowMs };
    bucket.tokens = Math.min(burst, bucket.tokens + ((nowMs - bucket.atMs) / 1000) * perSecond);
    bucket.atMs = nowMs;
    this.#buckets.delete(client); // to the end: a Map keeps the order in which keys came
    this.#buckets.set(client, bucket);
    if (this.#buckets.size > clients) this.#buckets.delete(this.#buckets.keys().next().value);
    if (bucket.tokens >= 1) {
      bucket.tokens -= 1;
      return 0;
    }
    return ((1 - bucket.tokens) / perSecond) * 1000;
  }

  get size() {
    return this.#buckets.size;
  }
}
