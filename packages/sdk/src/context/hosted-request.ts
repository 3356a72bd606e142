import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { harmless } from '../errors/harmless.ts';
import { HostError } from '../errors/host-error.ts';
import { checkField } from './check-field.ts';
import { certificateOf } from './client-certificate.ts';
import { EntityReader } from './entity-reader.ts';
import type { HostedContext } from './hosted-context.ts';
import type { ClientCertificate, Endpoint, HttpRequest } from './http-request.ts';
import { isToken } from './is-token.ts';
import { refuseMember } from './left-out.ts';
import { headerOf } from './server-variables.ts';
import { queryOf } from './url.ts';

/** The request of a context. What modules change, they change on the message that the app gets. */
export class HostedRequest implements HttpRequest {
  readonly #context: HostedContext;
  readonly #req: IncomingMessage;
  #changes: Set<string> | undefined = undefined;
  #forwardedUrl: string | undefined = undefined;
  #reader: EntityReader | undefined = undefined;

  constructor(context: HostedContext) {
    this.#context = context;
    this.#req = context.req;
  }

  getRawHttpRequest(): IncomingMessage {
    return this.#req;
  }

  // ---- headers --------------------------------------------------------------------------------------------------

  getHeader(name: string): string | undefined {
    return headerOf(this.#req, name.toLowerCase());
  }
  getHeaders(): Readonly<IncomingHttpHeaders> {
    return this.#req.headers;
  }
  setHeader(name: string, value: string, replace = true): void {
    checkField(name, value);
    const key = name.toLowerCase();
    const before = replace ? undefined : this.getHeader(key);
    if (replace) this.#dropRaw(key);
    this.#req.rawHeaders.push(name, value);
    const joined = before === undefined ? value : `${before}${key === 'cookie' ? '; ' : ', '}${value}`;
    this.#req.headers[key] = key === 'set-cookie' ? [joined] : joined;
    this.#note(key);
  }
  deleteHeader(name: string): void {
    const key = name.toLowerCase();
    this.#dropRaw(key);
    delete this.#req.headers[key];
    this.#note(key);
  }
  getHeaderChanges(): readonly string[] {
    return this.#changes ? [...this.#changes] : [];
  }

  #dropRaw(key: string): void {
    const { rawHeaders } = this.#req;
    for (let index = rawHeaders.length - 2; index >= 0; index -= 2)
      if (rawHeaders[index]!.toLowerCase() === key) rawHeaders.splice(index, 2);
  }

  #note(key: string): void {
    this.#changes ??= new Set();
    this.#changes.add(key);
  }

  // ---- the request line -----------------------------------------------------------------------------------------

  getHttpMethod(): string {
    return this.#req.method ?? '';
  }
  setHttpMethod(method: string): void {
    checkToken(method);
    this.#req.method = method;
  }
  getUrl(): string {
    return this.#req.url ?? '/';
  }
  setUrl(url: string, resetQueryString = true): void {
    if (!url.startsWith('/') || /[\0-\x20\x7f]/.test(url))
      throw new HostError(
        'ERROR_INVALID_PARAMETER',
        `A URL set by a module is a path with its query, percent-encoded, that begins with "/"; ${JSON.stringify(url)} is not.`,
      );
    const before = this.getUrl();
    const query = resetQueryString || url.includes('?') ? '' : queryOf(before);
    this.#forwardedUrl ??= before;
    this.#req.url = query === '' ? url : `${url}?${query}`;
    this.#context.forgetMapping();
  }
  getUrlChanged(): boolean {
    return this.#forwardedUrl !== undefined;
  }
  getForwardedUrl(): string | undefined {
    return this.#forwardedUrl;
  }
  getHttpVersion(): readonly [major: number, minor: number] {
    return [this.#req.httpVersionMajor, this.#req.httpVersionMinor];
  }
  getLocalAddress(): Endpoint {
    const { localAddress = '', localPort = 0 } = this.#req.socket;
    return { address: localAddress, port: localPort };
  }
  getRemoteAddress(): Endpoint {
    const { remoteAddress = '', remotePort = 0 } = this.#req.socket;
    return { address: remoteAddress, port: remotePort };
  }
  getClientCertificate(): ClientCertificate | undefined {
    return certificateOf(this.#req);
  }
  getSiteId(): string {
    return this.#context.getSite();
  }

  // ---- the entity -----------------------------------------------------------------------------------------------

  readEntityBody(buffer: Uint8Array): Promise<number> {
    return harmless(this.#reading.read(buffer));
  }

  insertEntityBody(entity: Uint8Array): void {
    this.#reading.insert(entity);
  }
  getRemainingEntityBytes(): number | undefined {
    const length = this.getHeader('content-length');
    if (length !== undefined) return Math.max(0, Number(length) - (this.#reader?.consumed ?? 0));
    return this.getHeader('transfer-encoding') === undefined ? 0 : undefined;
  }
  /** Ends a read that waits; false = there is none. */
  cancelRead(): boolean {
    return this.#reader?.cancel() ?? false;
  }

  get #reading(): EntityReader {
    this.#reader ??= new EntityReader(this.#req);
    return this.#reader;
  }

  negotiateClientCertificate(): never {
    return refuseMember('HttpRequest', 'negotiateClientCertificate');
  }
  getChannelBindingToken(): never {
    return refuseMember('HttpRequest', 'getChannelBindingToken');
  }
}

function checkToken(method: string): void {
  if (!isToken(method))
    throw new HostError('ERROR_INVALID_PARAMETER', `A method is a token like GET (RFC 9110, 9.1); ${JSON.stringify(method)} is not.`);
}
