/** Told when the first request comes and when the last one is through. */
export interface Activity {
  busy(): void;
  calm(): void;
}

/** Counts the requests that the apps of this worker have, of every protocol: a request of HTTP, a connection, a job. */
export class Tally {
  readonly #activity: Activity;
  #inFlight = 0;
  #served = 0;

  constructor(activity: Activity) {
    this.#activity = activity;
  }

  /** Given to an app and not ended. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** Given to an app so far. */
  get served(): number {
    return this.#served;
  }

  /** An app gets a request. */
  begin(): void {
    if (this.#inFlight++ === 0) this.#activity.busy();
    this.#served++;
  }

  /** It has ended, in whatever way. Once for each `begin`. */
  end(): void {
    if (--this.#inFlight === 0) this.#activity.calm();
  }
}
