/** Where a call came from: formatted only when somebody reads it. */
export interface Place {
  readonly stack: string;
}

/** Frames that are kept. */
const FRAMES = 2;

/** A function by whose caller a place is told. */
export type Called = (...args: never[]) => unknown;

/** Where the caller of `below` is. Takes about a microsecond. */
export function takePlace(below: Called): Place {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = FRAMES;
  const place = {};
  Error.captureStackTrace(place, below);
  Error.stackTraceLimit = limit;
  return place as Place;
}

/** "at f (file.js:1:2) < at g (file.js:3:4)". */
export function describePlace(place: Place): string {
  const frames = place.stack.split('\n').slice(1);
  return frames.length === 0 ? 'an unknown place' : frames.map((frame) => frame.trim()).join(' < ');
}
