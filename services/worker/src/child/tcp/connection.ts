import type { ResponseHead, ResponseStream } from '@baton/channel';
import type { ConnectionFacts } from '@baton/sdk';
import { ChannelSocket, type ChannelSocketOptions } from '../socket/channel-socket.ts';

/** The answer to a connection that the app has. */
const ACCEPTED: ResponseHead = Object.freeze({ status: 200, reason: 'OK', headers: '', framing: 'close', close: true });

/** A connection as the app gets it: a socket, and the facts that its adapter gives beside the addresses. */
export class Connection extends ChannelSocket implements ConnectionFacts {
  readonly #stream: ResponseStream;
  #facts: Readonly<Record<string, string>> | undefined;

  constructor(stream: ResponseStream, options: ChannelSocketOptions) {
    super(stream, options);
    this.#stream = stream;
  }

  get protocol(): string {
    return this.#stream.head.protocol;
  }
  get binding(): string {
    return this.#stream.head.url;
  }
  get facts(): Readonly<Record<string, string>> {
    this.#facts ??= pairs(this.#stream.head.headers);
    return this.#facts;
  }
  /** As on a TLSSocket. */
  get servername(): string | undefined {
    return this.facts['tls-server-name'];
  }
  get alpnProtocol(): string | undefined {
    return this.facts['tls-alpn'];
  }

  /** Tells the adapter that the app has it. */
  accept(): void {
    this.#stream.sendHead(ACCEPTED);
  }
}

function pairs(headers: readonly string[]): Readonly<Record<string, string>> {
  const facts: Record<string, string> = {};
  for (let index = 0; index + 1 < headers.length; index += 2)
    facts[(headers[index] as string).toLowerCase()] = headers[index + 1] as string;
  return Object.freeze(facts);
}
