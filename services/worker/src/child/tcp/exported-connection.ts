import type { RequestHandler, ResponseStream } from '@baton/channel';
import { enterApp } from '../app-scope.ts';
import { type AppService, NO_READER } from '../service/service.ts';
import type { Tally } from '../service/tally.ts';
import { Connection } from './connection.ts';

/** `handleConnection` of an app's module (HandleConnection of @baton/sdk). */
export type HandleConnection = (connection: Connection) => unknown;

/** As net.createServer has it by default. */
const HIGH_WATER_MARK = 65_536;

/** Gives connections of the channels, of whatever protocol, to the function that the app exports for them. */
export class ExportedConnection implements AppService {
  readonly #handle: HandleConnection;
  readonly #tally: Tally;
  #isOpen = true;

  constructor(handle: HandleConnection, tally: Tally) {
    this.#handle = handle;
    this.#tally = tally;
  }

  release(): void {
    this.#isOpen = false;
  }

  handle(stream: ResponseStream): RequestHandler {
    if (!this.#isOpen) {
      stream.reset('NOT_BEGUN', 'the worker takes no more connections');
      return NO_READER;
    }
    const onClosed = (): void => this.#tally.end();
    const connection = new Connection(stream, { server: undefined, allowHalfOpen: false, highWaterMark: HIGH_WATER_MARK, onClosed });
    this.#tally.begin();
    enterApp(this.#begin, this, connection);
    return connection.handler;
  }

  #begin(connection: Connection): void {
    connection.accept();
    const fail = (error: unknown): never => {
      connection.destroy();
      throw error;
    };
    try {
      const result = this.#handle(connection);
      if (result instanceof Promise) result.catch(fail);
    } catch (error) {
      fail(error);
    }
  }
}
