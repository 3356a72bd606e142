/** One client's connection in any version of HTTP, as its listener keeps it. */
export interface ClientConnection {
  /** "1.1" for HTTP/1.1 and HTTP/1.0, "2" for HTTP/2. */
  readonly version: '1.1' | '2';
  /** Response bytes that wait for the client. */
  readonly bufferedBytes: number;
  /** Looks for deadlines that have passed. */
  sweep(now: number): void;
  /** The adapter stops: what was asked is answered, then the connection ends. */
  drain(): void;
  /** Cuts the connection. */
  destroy(): void;
}
