import {
  HSE_IO_ASYNC,
  HSE_IO_DISCONNECT_AFTER_SEND,
  HSE_IO_FINAL_SEND,
  HSE_IO_NODELAY,
  HSE_IO_SEND_HEADERS,
} from '../../constants/isapi.ts';
import type { ControlBlock } from '../control-block.ts';
import { filePart } from '../file-part.ts';
import { refused } from '../refused.ts';
import type { TransmitFileInfo } from '../requests.ts';
import type { Part } from '../transfer.ts';
import { mustBeObject } from './must-be-object.ts';
import { has, mustBeFlags, prepareSend, sendAsync } from './send.ts';

const NAME = 'HSE_REQ_TRANSMIT_FILE';
const FLAGS = HSE_IO_ASYNC | HSE_IO_DISCONNECT_AFTER_SEND | HSE_IO_SEND_HEADERS | HSE_IO_FINAL_SEND | HSE_IO_NODELAY;

/** HSE_REQ_TRANSMIT_FILE. */
export function transmitFile(block: ControlBlock, info: TransmitFileInfo): void {
  mustBeObject(info);
  const { flags, routine, status } = info;
  mustBeFlags(flags, FLAGS, NAME);
  if (!has(flags, HSE_IO_ASYNC)) throw refused(`${NAME} is asynchronous: give it HSE_IO_ASYNC`);
  const sendsHead = has(flags, HSE_IO_SEND_HEADERS);
  if (!sendsHead && status !== undefined)
    throw refused('a status goes out with HSE_IO_SEND_HEADERS: give that flag, or send the head before');
  if (routine !== undefined && typeof routine !== 'function') throw refused(`expected a routine, got ${typeof routine}`);
  block.operation.mustBeFree();
  const head = sendsHead ? { status: status ?? '200 OK', fields: info.head } : undefined;
  sendAsync(block, prepareSend(block, partsOf(info, sendsHead), flags, NAME, head), routine, info.context);
}

function partsOf({ head, file, offset, bytesToWrite, tail }: TransmitFileInfo, sendsHead: boolean): Part[] {
  const parts: Part[] = [];
  if (!sendsHead && head !== undefined) parts.push(bytesOf(head));
  if (file !== undefined) parts.push(filePart(file, offset, bytesToWrite));
  else if (offset || bytesToWrite) throw refused('offset and bytesToWrite are those of a file, and none is given');
  if (tail !== undefined) parts.push(bytesOf(tail));
  return parts;
}

function bytesOf(bytes: string | Uint8Array): Uint8Array {
  if (typeof bytes === 'string') return Buffer.from(bytes);
  if (bytes instanceof Uint8Array) return bytes;
  throw refused(`expected head and tail as text or a Uint8Array, got ${typeof bytes}`);
}
