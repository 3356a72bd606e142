// The same as stream-file.js, as an ISAPI extension: GET by TRANSMIT_FILE, PUT by ASYNC_READ_CLIENT.
import { closeSync, fstatSync, openSync } from 'node:fs';
import { basename, join } from 'node:path';
import {
  HSE_IO_ASYNC,
  HSE_IO_SEND_HEADERS,
  HSE_REQ_ASYNC_READ_CLIENT,
  HSE_REQ_DONE_WITH_SESSION,
  HSE_REQ_IO_COMPLETION,
  HSE_REQ_TRANSMIT_FILE,
  HSE_STATUS_ERROR,
  HSE_STATUS_PENDING,
  HSE_STATUS_SUCCESS_AND_KEEP_CONN,
} from '@baton/sdk';

export function httpExtensionProc(ecb) {
  if (ecb.method === 'PUT') receive(ecb);
  else send(ecb);
  return HSE_STATUS_PENDING;
}

function send(ecb) {
  const file = openSync(join(process.env.BENCH_FILES, basename(ecb.pathInfo)), 'r');
  const { size } = fstatSync(file);
  const head = `Content-Type: application/octet-stream\r\nContent-Length: ${size}\r\n\r\n`;
  const flags = HSE_IO_ASYNC | HSE_IO_SEND_HEADERS;
  ecb.serverSupportFunction(HSE_REQ_TRANSMIT_FILE, { file, status: '200 OK', head, flags, routine: sent, context: file });
}

function sent(ecb, file, _bytes, error) {
  closeSync(file);
  ecb.serverSupportFunction(HSE_REQ_DONE_WITH_SESSION, error ? HSE_STATUS_ERROR : HSE_STATUS_SUCCESS_AND_KEEP_CONN);
}

/** Buffers of uploads that have ended, for later ones. */
const spare = [];

function receive(ecb) {
  const upload = { buffer: spare.pop() ?? Buffer.allocUnsafeSlow(262_144), bytes: ecb.availableBytes };
  ecb.serverSupportFunction(HSE_REQ_IO_COMPLETION, received, upload);
  ecb.serverSupportFunction(HSE_REQ_ASYNC_READ_CLIENT, upload.buffer);
}

async function received(ecb, upload, bytes, error) {
  upload.bytes += bytes;
  if (bytes > 0) return ecb.serverSupportFunction(HSE_REQ_ASYNC_READ_CLIENT, upload.buffer);
  spare.push(upload.buffer);
  if (error) return ecb.serverSupportFunction(HSE_REQ_DONE_WITH_SESSION, HSE_STATUS_ERROR);
  await ecb.writeClient(Buffer.from(`${upload.bytes}`));
  ecb.serverSupportFunction(HSE_REQ_DONE_WITH_SESSION, HSE_STATUS_SUCCESS_AND_KEEP_CONN);
}
