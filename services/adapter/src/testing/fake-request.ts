import type { AdapterSession, ResponseHandler } from '@baton/channel';
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
export class FakeRequest implements Placeable {
  readonly name: string;
  readonly arrivedAtMs: number;
  session: AdapterSession | undefined = undefined;
  refusal: string | undefined = undefined;

  constructor(name: string, arrivedAtMs = 0) {
    this.name = name;
    this.arrivedAtMs = arrivedAtMs;
  }

  /** Worker it was handed to; undefined while it waits. */
  get workerId(): string | undefined {
    return this.session?.identity.workerId;
  }

  deliver(session: AdapterSession): void {
    this.session = session;
    session.open(
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

  refuse(code: string, cause: string): void {
    this.refusal = cause === '' ? code : `${code}: ${cause}`;
  }
}
