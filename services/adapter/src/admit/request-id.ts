import { randomBytes } from 'node:crypto';

const SANE = /^[A-Za-z0-9._:/+=@-]{1,128}$/;

/** Whether an incoming x-request-id may be passed on, logged and echoed as it is. */
export function isRequestIdSane(id: string): boolean {
  return SANE.test(id);
}

/** Makes ids that are unique in the cluster: a random prefix of this process and a counter; cheaper than a random id per request. */
export function createRequestIds(prefix: string = randomBytes(9).toString('base64url')): () => string {
  let count = 0;
  return () => `${prefix}-${(++count).toString(36)}`;
}
