import { isIPv6 } from 'node:net';

/** The address a listen asked for. */
export interface WantedAddress {
  readonly host: string | undefined;
  readonly port: number;
}

/**
 * Stands where net.Server keeps its listening handle, while the adapter's listener does the listening.
 *
 * With it `listening`, `address()`, `ref`, `unref` and `close` of the server behave as they do with a handle of libuv.
 */
export class BoundHandle {
  readonly #address: { address: string; family: string; port: number };
  readonly #onClose: () => void;

  constructor(wanted: WantedAddress, onClose: () => void) {
    const address = wanted.host === undefined ? '::' : wanted.host === 'localhost' ? '127.0.0.1' : wanted.host;
    this.#address = { address, family: isIPv6(address) ? 'IPv6' : 'IPv4', port: wanted.port };
    this.#onClose = onClose;
  }

  getsockname(out: object): number {
    Object.assign(out, this.#address);
    return 0;
  }

  close(): void {
    this.#onClose();
  }

  getAsyncId(): number {
    return 0;
  }

  ref(): void {}
  unref(): void {}
}
