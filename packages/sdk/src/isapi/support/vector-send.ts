import {
  HSE_IO_ASYNC,
  HSE_IO_CACHE_RESPONSE,
  HSE_IO_DISCONNECT_AFTER_SEND,
  HSE_IO_FINAL_SEND,
  HSE_IO_NODELAY,
  HSE_IO_SEND_HEADERS,
  HSE_IO_SYNC,
  HSE_IO_TRY_SKIP_CUSTOM_ERRORS,
  HSE_VECTOR_ELEMENT_TYPE_FILE_HANDLE,
  HSE_VECTOR_ELEMENT_TYPE_MEMORY_BUFFER,
} from '../../constants/isapi.ts';
import type { ControlBlock } from '../control-block.ts';
import { filePart } from '../file-part.ts';
import { refused } from '../refused.ts';
import type { FileElement, MemoryElement, ResponseVector } from '../requests.ts';
import type { Part } from '../transfer.ts';
import { mustBeObject } from './must-be-object.ts';
import { has, mustBeFlags, prepareSend, sendAsync, sendSync } from './send.ts';

const NAME = 'HSE_REQ_VECTOR_SEND';
const FLAGS =
  HSE_IO_SYNC |
  HSE_IO_ASYNC |
  HSE_IO_DISCONNECT_AFTER_SEND |
  HSE_IO_SEND_HEADERS |
  HSE_IO_FINAL_SEND |
  HSE_IO_CACHE_RESPONSE |
  HSE_IO_TRY_SKIP_CUSTOM_ERRORS |
  HSE_IO_NODELAY;

/** HSE_REQ_VECTOR_SEND. */
export function vectorSend(block: ControlBlock, vector: ResponseVector): undefined | Promise<number> {
  mustBeObject(vector);
  const { flags, status, headers, elements } = vector;
  mustBeFlags(flags, FLAGS, NAME);
  const isAsync = has(flags, HSE_IO_ASYNC);
  if (has(flags, HSE_IO_SYNC) === isAsync) throw refused('expected one of HSE_IO_SYNC and HSE_IO_ASYNC');
  const sendsHead = has(flags, HSE_IO_SEND_HEADERS);
  if (sendsHead !== (status !== undefined) || sendsHead !== (headers !== undefined)) {
    throw refused('HSE_IO_SEND_HEADERS goes with status and headers: give all three, or none');
  }
  if (has(flags, HSE_IO_CACHE_RESPONSE) && !(sendsHead && has(flags, HSE_IO_FINAL_SEND))) {
    throw refused('HSE_IO_CACHE_RESPONSE is for a whole response: give HSE_IO_SEND_HEADERS and HSE_IO_FINAL_SEND with it');
  }
  if (!Array.isArray(elements)) throw refused('expected elements as an array');
  if (isAsync) block.operation.mustBeFree();
  const head = status === undefined ? undefined : { status, fields: headers };
  const send = prepareSend(block, elements.map(partOf), flags, NAME, head);
  if (!isAsync) return sendSync(block, send);
  sendAsync(block, send);
  return undefined;
}

function partOf(element: MemoryElement | FileElement): Part {
  mustBeObject(element);
  if (element.type === HSE_VECTOR_ELEMENT_TYPE_FILE_HANDLE) return filePart(element.file, element.offset, element.size);
  if (element.type === HSE_VECTOR_ELEMENT_TYPE_MEMORY_BUFFER) return memoryPart(element);
  throw refused(`expected HSE_VECTOR_ELEMENT_TYPE_*, got ${String((element as { type: unknown }).type)}`);
}

function memoryPart({ buffer, offset = 0, size }: MemoryElement): Uint8Array {
  if (!(buffer instanceof Uint8Array)) throw refused('expected buffer as a Uint8Array');
  const bytes = size ?? buffer.length - offset;
  if (!Number.isInteger(offset) || !Number.isInteger(bytes) || offset < 0 || bytes < 1 || offset + bytes > buffer.length) {
    throw refused(`expected at least one byte within the ${buffer.length} of the buffer, got offset ${offset} and size ${bytes}`);
  }
  return buffer.subarray(offset, offset + bytes);
}
