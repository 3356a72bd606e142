/** A response as a client reads it from the wire. */
export interface ParsedResponse {
  readonly version: string;
  readonly status: number;
  readonly reason: string;
  /** Names in lower case, values in order of arrival. */
  readonly headers: Record<string, string[]>;
  readonly framing: 'none' | 'length' | 'chunked' | 'close';
  body: string;
  readonly trailers: string[];
  /** 1xx responses before it. */
  readonly interim: { readonly status: number; readonly reason: string; readonly headers: Record<string, string[]> }[];
  /** All of it has come. */
  isWhole: boolean;
}

/** Reads responses from a byte stream, strictly: what is not HTTP/1.1 is an error. Knows nothing of Node's parser or of Baton's. */
export class ResponseParser {
  readonly responses: ParsedResponse[] = [];
  readonly #methods: readonly string[];
  #text = '';
  #interim: ParsedResponse['interim'] = [];
  #current: ParsedResponse | undefined;
  #left = 0;
  #state: 'head' | 'length' | 'size' | 'chunk' | 'chunkEnd' | 'trailers' | 'close' = 'head';

  constructor(methods: readonly string[]) {
    this.#methods = methods;
  }

  /** Bytes that belong to no response. */
  get leftover(): string {
    return this.#state === 'head' ? this.#text : '';
  }

  get whole(): number {
    return this.responses.filter((response) => response.isWhole).length;
  }

  push(chunk: Buffer): void {
    this.#text += chunk.toString('latin1');
    while (this.#step());
  }

  /** The server closed the connection. */
  end(): void {
    if (this.#state === 'close') this.#finish();
  }

  #step(): boolean {
    switch (this.#state) {
      case 'head':
        return this.#head();
      case 'length':
        return this.#take(() => this.#finish());
      case 'size':
        return this.#line((line) => this.#size(line));
      case 'chunk':
        return this.#take(() => {
          this.#state = 'chunkEnd';
        });
      case 'chunkEnd':
        return this.#line((line) => {
          if (line !== '') throw new Error(`expected the end of a chunk, got ${JSON.stringify(line)}`);
          this.#state = 'size';
        });
      case 'trailers':
        return this.#line((line) => {
          if (line === '') this.#finish();
          else this.#current?.trailers.push(line);
        });
      case 'close':
        if (this.#current) this.#current.body += this.#text;
        this.#text = '';
        return false;
    }
  }

  #head(): boolean {
    if (this.responses.length >= this.#methods.length) return false;
    const end = this.#text.indexOf('\r\n\r\n');
    if (end < 0) return false;
    const lines = this.#text.slice(0, end).split('\r\n');
    this.#text = this.#text.slice(end + 4);
    const status = /^(HTTP\/\d\.\d) (\d{3}) ?(.*)$/.exec(lines[0] ?? '');
    if (!status) throw new Error(`expected a status line, got ${JSON.stringify(lines[0])}`);
    const headers = readHeaders(lines.slice(1));
    const code = Number(status[2]);
    if (code < 200) {
      this.#interim.push({ status: code, reason: status[3] ?? '', headers });
      return true;
    }
    const framing = framingOf(this.#methods[this.responses.length] ?? 'GET', code, headers);
    const response: ParsedResponse = {
      version: status[1] ?? '',
      status: code,
      reason: status[3] ?? '',
      headers,
      framing,
      body: '',
      trailers: [],
      interim: this.#interim,
      isWhole: false,
    };
    this.#interim = [];
    this.responses.push(response);
    this.#current = response;
    this.#left = Number(headers['content-length']?.[0] ?? 0);
    if (framing === 'none' || (framing === 'length' && this.#left === 0)) this.#finish();
    else this.#state = framing === 'chunked' ? 'size' : framing;
    return true;
  }

  #take(done: () => void): boolean {
    const part = this.#text.slice(0, this.#left);
    this.#text = this.#text.slice(part.length);
    this.#left -= part.length;
    if (this.#current) this.#current.body += part;
    if (this.#left > 0) return false;
    done();
    return true;
  }

  #line(use: (line: string) => void): boolean {
    const end = this.#text.indexOf('\r\n');
    if (end < 0) return false;
    const line = this.#text.slice(0, end);
    this.#text = this.#text.slice(end + 2);
    use(line);
    return true;
  }

  #size(line: string): void {
    if (!/^[0-9a-f]+$/i.test(line)) throw new Error(`expected a chunk size, got ${JSON.stringify(line)}`);
    this.#left = Number.parseInt(line, 16);
    this.#state = this.#left === 0 ? 'trailers' : 'chunk';
  }

  #finish(): void {
    if (this.#current) this.#current.isWhole = true;
    this.#current = undefined;
    this.#state = 'head';
  }
}

function readHeaders(lines: readonly string[]): Record<string, string[]> {
  const headers: Record<string, string[]> = {};
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon < 1) throw new Error(`expected a header line, got ${JSON.stringify(line)}`);
    const name = line.slice(0, colon).toLowerCase();
    headers[name] ??= [];
    headers[name].push(line.slice(colon + 1).trim());
  }
  return headers;
}

function framingOf(method: string, status: number, headers: Record<string, string[]>): ParsedResponse['framing'] {
  if (method === 'HEAD' || status === 204 || status === 304) return 'none';
  if (headers['transfer-encoding']) return 'chunked';
  return headers['content-length'] ? 'length' : 'close';
}
