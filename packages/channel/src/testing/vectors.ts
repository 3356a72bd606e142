import { batchAck, batchNumber, readFrames } from '../codec/batch-reader.ts';
import { ackMessage, BatchWriter, looseMessage } from '../codec/batch-writer.ts';
import { readNumber, readReset, readText, textBytes, writeNumber, writeReset } from '../codec/control.ts';
import { readEnd, writeEnd } from '../codec/end.ts';
import { BATCH_HEADER_BYTES, FRAME, type FrameName, frameName } from '../codec/frame-types.ts';
import {
  type Hello,
  helloMessage,
  isHandshake,
  type Refuse,
  readHandshake,
  refuseMessage,
  type Welcome,
  welcomeMessage,
} from '../codec/handshake.ts';
import { packetOf, unwrapPacket } from '../codec/packet.ts';
import { readOpenEnded, readOpenHead, writeOpen } from '../codec/request-head.ts';
import { readResponseHead, writeResponseHead } from '../codec/response-head.ts';
import type { RequestHead, ResetCause, ResponseHead, Timings } from '../types.ts';

/** A packet in words and in bytes, as proto/vectors/channel-v1.json holds them. */
export interface Vector {
  readonly name: string;
  /** What the example shows. */
  readonly shows: string;
  /** The whole Packet message, tag and length included. */
  readonly hex: string;
  readonly batch: Batch;
}

type Batch =
  | { readonly hello: Hello }
  | { readonly welcome: Welcome }
  | { readonly refuse: Refuse }
  | { readonly number: number; readonly ack: number; readonly frames: readonly Frame[] };

interface Frame {
  readonly type: FrameName;
  readonly id: number;
  readonly ended?: boolean;
  readonly head?: RequestHead | ResponseHead;
  readonly dataHex?: string;
  readonly trailers?: readonly string[];
  readonly timings?: Timings;
  readonly cause?: ResetCause;
  readonly text?: string;
  readonly value?: number;
}

const MAX_BYTES = 1 << 20;

/** The packet of a description. */
export function encode(batch: Batch): Buffer {
  return packetOf(message(batch));
}

function message(batch: Batch): Buffer {
  if ('hello' in batch) return helloMessage(batch.hello);
  if ('welcome' in batch) return welcomeMessage(batch.welcome);
  if ('refuse' in batch) return refuseMessage(batch.refuse);
  const { number, ack, frames } = batch;
  if (number === 0) return frames[0] ? looseMessage(ack, FRAME[frames[0].type]) : ackMessage(ack);
  const writer = new BatchWriter();
  for (const frame of frames) write(writer, frame);
  return writer.take(number, ack);
}

function write(writer: BatchWriter, { type, id, ended, head, dataHex, trailers, timings, cause, text, value }: Frame): void {
  if (type === 'open') writeOpen(writer, id, head as RequestHead, ended!, MAX_BYTES);
  else if (type === 'head' || type === 'interim') writeResponseHead(writer, FRAME[type], id, head as ResponseHead, MAX_BYTES);
  else if (type === 'end') writeEnd(writer, id, trailers, timings, MAX_BYTES);
  else if (type === 'reset') writeReset(writer, id, cause!, text!);
  else if (value !== undefined) writeNumber(writer, FRAME[type], id, value);
  else {
    const bytes = text === undefined ? Buffer.from(dataHex ?? '', 'hex') : textBytes(text);
    writer.bytesFrame(FRAME[type], id, bytes, 0, bytes.length);
  }
}

/** The description of a packet. */
export function decode(packet: Buffer): Batch {
  const batch = unwrapPacket(packet);
  if (isHandshake(batch)) {
    const handshake = readHandshake(batch);
    if (handshake.type === 'hello') return { hello: handshake.hello };
    return handshake.type === 'welcome' ? { welcome: handshake.welcome } : { refuse: handshake.refuse };
  }
  const frames: Frame[] = [];
  readFrames(batch, MAX_BYTES, { onFrame: (type, id, buffer, start, end) => void frames.push(read(type, id, buffer, start, end)) });
  return { number: batchNumber(batch), ack: batchAck(batch), frames };
}

function read(typeByte: number, id: number, batch: Buffer, start: number, end: number): Frame {
  const type = frameName(typeByte) as FrameName;
  const isLoose = batchNumber(batch) === 0 && batch.length > BATCH_HEADER_BYTES;
  switch (type) {
    case 'open': {
      const head = readOpenHead(batch, start, end);
      const {
        protocol,
        appKey,
        method,
        url,
        httpVersion,
        headers,
        remoteAddress,
        remotePort,
        localAddress,
        localPort,
        encrypted,
        deadlineMs,
      } = head;
      const facts = { remoteAddress, remotePort, localAddress, localPort, encrypted, deadlineMs };
      return { type, id, ended: readOpenEnded(batch, start), head: { protocol, appKey, method, url, httpVersion, headers, ...facts } };
    }
    case 'head':
    case 'interim':
      return { type, id, head: readResponseHead(batch, start, end) };
    case 'data':
      return { type, id, dataHex: batch.toString('hex', start, end) };
    case 'end': {
      const { trailers, timings } = readEnd(batch, start, end);
      return { type, id, ...(trailers && { trailers }), ...(timings && { timings }) };
    }
    case 'reset':
      return { type, id, ...readReset(batch, start, end) };
    case 'leaving':
      return { type, id, text: readText(batch, start, end) };
    case 'drain':
      return { type, id };
    default:
      return isLoose ? { type, id } : { type, id, value: readNumber(typeByte, batch, start, end) };
  }
}
