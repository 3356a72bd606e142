/** What a worker process needs, and nothing else: it loads neither the adapter's end nor node:crypto with its web half. */
export { type ConnectOptions, connectChannel } from './connect-channel.ts';
export type { Proof } from './identity/proof.ts';
export type { Dialer, Link, LinkReceiver } from './link/link.ts';
