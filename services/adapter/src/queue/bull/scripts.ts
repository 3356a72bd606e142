import { type Script, scriptFrom } from '@baton/store';

const LUA = new URL('../../../lua/', import.meta.url);

const script = (name: string, ...before: readonly string[]): Script =>
  scriptFrom(name, ...[...before, name].map((file) => new URL(`${file}.lua`, LUA)));

/** What BullMQ has no command for, each one atomic change of ../../../lua. */
export const SCRIPTS = Object.freeze({
  giveBack: script('give-back', 'front'),
  stallJob: script('stall-job', 'front'),
  renewLocks: script('renew-locks'),
  wake: script('wake'),
  listStrays: script('list-strays'),
});
