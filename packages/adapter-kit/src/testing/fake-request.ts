import type { ResponseHandler } from '@baton/channel';
import { Delivery } from '../forward/delivery.ts';
import type { Instance } from '../place/instance.ts';
import type { Placeable } from '../place/placeable.ts';

const nothing = (): void => {};
const HANDLER: ResponseHandler = {
  onInterim: nothing,
  onHead: nothing,
  onData: nothing,
  onEnd: nothing,
  onReset: nothing,
  onCredit: nothing,
};

/** A request that only place/ looks at: remembers where it went. */
export class FakeRequest extends Delivery implements Placeable {
  readonly name: string;
  readonly arrivedAtMs: number;
  refusal: string | undefined = undefined;

  constructor(name: string, arrivedAtMs = 0) {
    super();
    this.name = name;
    this.arrivedAtMs = arrivedAtMs;
  }

  /** Worker it was handed to; undefined while it waits. */
  get workerId(): string | undefined {
    return this.instance?.session.identity.workerId;
  }

  deliver(instance: Instance, n: number): void {
    this.enter(instance, n, 0);
    instance.session.open(
      {
        protocol: 'http',
        appKey: 'shop',
        method: 'GET',
        url: this.name,
        httpVersion: '1.1',
        headers: [],
        remoteAddress: '',
        remotePort: 0,
        localAddress: '',
        localPort: 0,
        encrypted: false,
        deadlineMs: 0,
      },
      true,
      HANDLER,
    );
  }

  /** Its worker has answered. */
  finish(): void {
    this.leave('finished', () => 0);
  }

  refuse(code: string, cause: string): void {
    this.refusal = cause === '' ? code : `${code}: ${cause}`;
  }
}
