import { BatonError } from '@baton/core';

const PREFIX = 'queue://';

/** The queue of a binding: "orders" of "queue://orders". Throws CONFIG_INVALID. */
export function parseQueueBinding(text: string): string {
  const name = text.startsWith(PREFIX) ? text.slice(PREFIX.length) : '';
  if (name === '' || name.includes(':')) {
    throw new BatonError('CONFIG_INVALID', `a queue binding is "queue://NAME" with a name that holds no colon, got "${text}"`);
  }
  return name;
}
