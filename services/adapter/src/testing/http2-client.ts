import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type ClientSessionOptions,
  connect,
  type SecureClientSessionOptions,
} from 'node:http2';
import { defer } from '@baton/core';

export interface Http2Answer {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body: string;
  readonly trailers: Record<string, string | string[] | undefined> | undefined;
  /** Heads of 1xx, by their status. */
  readonly interim: readonly Record<string, string | string[] | number | undefined>[];
}

/** Reads the whole answer of a stream; rejects with what broke it, or with its code. */
export function readAnswer(stream: ClientHttp2Stream): Promise<Http2Answer> {
  const done = defer<Http2Answer>();
  let headers: Record<string, string | string[] | undefined> = {};
  let trailers: Http2Answer['trailers'];
  let status = 0;
  let body = '';
  const interim: Record<string, string | string[] | number | undefined>[] = [];
  stream.on('headers', (fields) => void interim.push({ ...fields }));
  stream.on('response', (fields) => {
    status = Number(fields[':status']);
    headers = { ...fields } as typeof headers;
  });
  stream.on('trailers', (fields) => {
    trailers = { ...fields } as NonNullable<typeof trailers>;
  });
  stream.setEncoding('latin1');
  stream.on('data', (text: string) => {
    body += text;
  });
  stream.on('error', (error) => done.reject(error));
  stream.on('close', () => {
    if (stream.rstCode !== 0) done.reject(new Error(`reset with ${stream.rstCode}`));
    else done.resolve({ status, headers, body, trailers, interim });
  });
  done.promise.catch(() => {});
  return done.promise;
}

/** Node's own client on a connection of its own. */
export class Http2TestClient implements AsyncDisposable {
  readonly session: ClientHttp2Session;
  /** Codes of the GOAWAY frames that came. */
  readonly goaways: number[] = [];

  private constructor(session: ClientHttp2Session) {
    this.session = session;
    session.on('error', () => {});
    session.on('goaway', (code) => void this.goaways.push(code));
  }

  static async connect(url: string, options: ClientSessionOptions | SecureClientSessionOptions = {}): Promise<Http2TestClient> {
    const session = connect(url, options);
    await new Promise<void>((resolve, reject) => {
      session.once('connect', () => resolve());
      session.once('error', reject);
    });
    return new Http2TestClient(session);
  }

  get(path = '/', headers: Record<string, string | string[]> = {}): ClientHttp2Stream {
    return this.session.request({ ':path': path, ':authority': 'shop.example', ...headers });
  }

  post(path: string, headers: Record<string, string | string[]> = {}): ClientHttp2Stream {
    return this.session.request({ ':method': 'POST', ':path': path, ':authority': 'shop.example', ...headers });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.session.destroy();
  }
}
