/** Reads "w3; slot=1; gen=4", the value of x-baton-worker; undefined when there is none. */
export function readWorker(value) {
  const [, id, slot, generation] = /^(\S+); slot=(\d+); gen=(\d+)$/.exec(value || '') || [];
  return id === undefined ? undefined : { id, slot: Number(slot), generation: Number(generation) };
}
