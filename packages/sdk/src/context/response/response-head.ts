import { STATUS_CODES } from 'node:http';
import { HostError } from '../../errors/host-error.ts';
import { checkField } from '../check-field.ts';
import type { ResponseStatus } from '../http-response.ts';
import { refuseMember } from '../left-out.ts';
import { nativeOf, type RawResponse } from './raw-response.ts';

/** Longest reason phrase, characters. */
const MAX_REASON = 512;

/** Status and headers of a response, as modules see and change them; what is left out of IHttpResponse, too. */
export abstract class ResponseHead {
  readonly res: RawResponse;
  #subStatus = 0;
  #hresult = 0;
  #description: string | undefined = undefined;
  #changes: Set<string> | undefined = undefined;

  constructor(res: RawResponse) {
    this.res = res;
  }

  abstract getHeadersSent(): boolean;

  setStatus(statusCode: number, reason = '', subStatus = 0, hresult = 0): void {
    if (!Number.isInteger(statusCode) || statusCode < 200 || statusCode > 999)
      throw new HostError('ERROR_INVALID_PARAMETER', `A status of a response is a whole number from 200 to 999, not ${statusCode}.`);
    if (typeof reason !== 'string' || reason.length > MAX_REASON || /[^\t\x20-\x7e\x80-\xff]/.test(reason))
      throw new HostError(
        'ERROR_INVALID_DATA',
        `A reason is at most ${MAX_REASON} characters of a status line (RFC 9112, 4); ${typeof reason === 'string' ? `this one has ${reason.length}, or others among them. Shorten it` : `${typeof reason} came`}.`,
      );
    this.refuseAfterHead('setStatus');
    this.putStatus(statusCode, reason || STATUS_CODES[statusCode] || '');
    this.#subStatus = subStatus;
    this.#hresult = hresult;
  }
  getStatus(): ResponseStatus {
    const { statusCode, statusMessage } = this.res;
    return { statusCode, reason: statusMessage || STATUS_CODES[statusCode] || '', subStatus: this.#subStatus, hresult: this.#hresult };
  }
  getHeader(name: string): string | undefined {
    const value = this.res.getHeader(name);
    return Array.isArray(value) ? value.join(', ') : value?.toString();
  }
  setHeader(name: string, value: string, replace = true): void {
    checkField(name, value);
    this.refuseAfterHead('setHeader');
    if (replace) this.edit('setHeader', name, value);
    else this.edit('appendHeader', name, value);
    this.#note(name);
  }
  deleteHeader(name: string): void {
    this.refuseAfterHead('deleteHeader');
    this.edit('removeHeader', name, '');
    this.#note(name);
  }
  clearHeaders(): void {
    this.refuseAfterHead('clearHeaders');
    for (const name of this.res.getHeaderNames()) this.deleteHeader(name);
  }
  getHeaderChanges(): readonly string[] {
    return this.#changes ? [...this.#changes] : [];
  }
  setErrorDescription(description: string, htmlEncode = true): void {
    this.#description = htmlEncode ? encodeHtml(description) : description;
  }
  getErrorDescription(): string | undefined {
    return this.#description;
  }

  protected putStatus(statusCode: number, reason: string): void {
    this.res.statusCode = statusCode;
    this.res.statusMessage = reason;
  }

  /** Back to an empty 200. */
  protected clearHead(): void {
    this.clearHeaders();
    this.putStatus(200, '');
    this.#subStatus = 0;
    this.#hresult = 0;
  }

  protected refuseAfterHead(what: string): void {
    if (this.getHeadersSent())
      throw new HostError(
        'ERROR_INVALID_STATE',
        `${what} came after status and headers have gone out. In RQ_SEND_RESPONSE ask getHeadersBeingSent of its provider first.`,
      );
  }

  /** Node refuses changes once the app has given its head; modules may still make them. */
  protected edit(method: 'setHeader' | 'appendHeader' | 'removeHeader', name: string, value: string): void {
    const { res } = this;
    const head = res._header;
    res._header = null;
    try {
      if (method === 'removeHeader') nativeOf(res).removeHeader.call(res, name);
      else nativeOf(res)[method].call(res, name, value);
    } finally {
      res._header = head;
    }
  }

  #note(name: string): void {
    this.#changes ??= new Set();
    this.#changes.add(name.toLowerCase());
  }

  getCachePolicy(): never {
    return refuseMember('HttpResponse', 'getCachePolicy');
  }
  getKernelCacheEnabled(): never {
    return refuseMember('HttpResponse', 'getKernelCacheEnabled');
  }
  disableKernelCache(): never {
    return refuseMember('HttpResponse', 'disableKernelCache');
  }
  pushPromise(): never {
    return refuseMember('HttpResponse', 'pushPromise');
  }
  setTrailer(): never {
    return refuseMember('HttpResponse', 'setTrailer');
  }
  deleteTrailer(): never {
    return refuseMember('HttpResponse', 'deleteTrailer');
  }
  resetStream(): never {
    return refuseMember('HttpResponse', 'resetStream');
  }
  goAway(): never {
    return refuseMember('HttpResponse', 'goAway');
  }
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

const encodeHtml = (text: string): string => text.replace(/[&<>"]/g, (character) => ENTITIES[character]!);
