/** Nobody has to await what the original would not wait for either: a rejection that nobody hears, as of a client that has left, ends no process. */
export function harmless<T>(promise: Promise<T>): Promise<T> {
  promise.catch(ignore);
  return promise;
}

function ignore(): void {}
