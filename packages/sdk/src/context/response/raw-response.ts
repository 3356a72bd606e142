import type { ServerResponse } from 'node:http';
import type { AppOperation } from './app-operation.ts';

/** Where the response of a context is found from the `ServerResponse` below it. */
export const HOSTED: unique symbol = Symbol('baton.response');

/** Where what the app says to its response goes, once that is captured (ResponseOutput). */
export interface CapturedOutput {
  readonly isDropping: boolean;
  readonly isHeadOut: boolean;
  readonly isHolding: boolean;
  giveHead(): void;
  operate(kind: number, chunk: AppOperation['chunk'], encoding: AppOperation['encoding'], callback: AppOperation['callback']): boolean;
}

/** A ServerResponse with the fields of Node that its head is made of, and the context's response above it. */
export interface RawResponse extends ServerResponse {
  [HOSTED]?: { readonly output: CapturedOutput; closed(): void };
  /** The rendered head, or PLACEHOLDER. */
  _header: string | null;
  _hasBody: boolean;
  finished: boolean;
  _implicitHeader(): void;
}

/**
 * Stands for a head that the app has given and nobody has rendered yet: Node then answers `headersSent` and refuses further headers by itself, while
 * modules can still change what will be rendered.
 */
export const PLACEHOLDER = 'HTTP/1.1 \r\n\r\n';

/** Node's own methods of a response, below whatever an instance has been given; a framework may have put a prototype of its own in between. */
export const nativeOf = (res: ServerResponse): RawResponse => Object.getPrototypeOf(res) as RawResponse;
