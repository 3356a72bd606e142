import { HostError } from '../../errors/host-error.ts';
import type { ControlBlock } from '../control-block.ts';
import type { CustomErrorInfo, HeaderFields, SendHeaderInfo } from '../requests.ts';
import { readStatusLine } from '../status-line.ts';
import { mustBeObject } from './must-be-object.ts';

/** HSE_REQ_SEND_RESPONSE_HEADER. */
export function sendHeader(block: ControlBlock, status = '200 OK', headers?: HeaderFields): void {
  sendHeaderEx(block, { status, ...(headers !== undefined && { headers }) });
}

/** HSE_REQ_SEND_RESPONSE_HEADER_EX. */
export function sendHeaderEx(block: ControlBlock, info: SendHeaderInfo): void {
  mustBeObject(info);
  block.mustSend(0);
  block.mustBeConnected();
  const { output } = block;
  output.setHead(info.status ?? '200 OK', info.headers, info.keepConn ?? true);
  if (output.isFlushing) output.commitHead();
}

/** HSE_REQ_SEND_URL_REDIRECT_RESP. */
export function sendRedirect(block: ControlBlock, url: string): void {
  if (typeof url !== 'string' || url === '' || !url.isWellFormed()) {
    throw new HostError('ERROR_INVALID_PARAMETER', `expected the URL to go to, got ${JSON.stringify(url)}`);
  }
  sendHeaderEx(block, { status: '302 Found', headers: [['Location', url.replace(/[^\x21-\x7e]/gu, encodeURIComponent)]] });
  block.output.markLast('HSE_REQ_SEND_URL_REDIRECT_RESP', false);
  block.output.endLast();
}

/** HSE_REQ_SEND_CUSTOM_ERROR: status, substatus and reason as text, as the whole response. */
export function sendCustomError(block: ControlBlock, info: CustomErrorInfo): void {
  mustBeObject(info);
  const { code, reason } = readStatusLine(info.status);
  const { subError = 0, isAsync = false } = info;
  if (code < 400 || !Number.isInteger(subError) || subError < 0) {
    throw new HostError(
      'ERROR_INVALID_PARAMETER',
      `expected a status from 400 on and a whole substatus, got ${info.status} and ${String(subError)}`,
    );
  }
  const { operation, output } = block;
  if (isAsync) operation.mustBeFree();
  block.mustSend(0);
  if (!isAsync) block.mustBeConnected();
  const body = Buffer.from(`${code}${subError > 0 ? `.${subError}` : ''} ${reason}\n`);
  output.setHead(`${code} ${reason}`, { 'Content-Type': 'text/plain; charset=utf-8', 'Content-Length': String(body.length) }, true);
  const ticket = isAsync ? operation.begin('send') : 0;
  if (output.gone) return void operation.complete(ticket, 0, output.gone);
  output.write(body, (error) => {
    if (isAsync) operation.complete(ticket, error ? 0 : body.length, error ? output.gone : 0);
  });
  output.markLast('HSE_REQ_SEND_CUSTOM_ERROR', false);
  output.endLast();
}
