/** What stream helpers (`finished`, `pipeline`) and ServerResponse.end() read and set in the two halves of a socket. */
export class HalfState {
  corked = 0;
  ended = false;
  finished = false;
  endEmitted = false;
  errorEmitted = false;
  needDrain = false;
  readable = true;
  writable = true;
  readonly destroyed: boolean;
  readonly closed: boolean;
  readonly errored: Error | null;

  constructor(isDestroyed: boolean, errored: Error | null) {
    this.destroyed = isDestroyed;
    this.closed = isDestroyed;
    this.errored = errored;
  }
}

/** Of every socket that lives: nothing in it belongs to one of them, and each response would otherwise pay for an object. */
export const OPEN_HALF = new HalfState(false, null);
