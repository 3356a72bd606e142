// An ISAPI extension: GET sends a part of a file by TRANSMIT_FILE, POST echoes its body with ASYNC_READ_CLIENT; id, pid and, for uploads, the hash of what
// was read come behind it.
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import {
  HSE_IO_ASYNC,
  HSE_IO_SEND_HEADERS,
  HSE_REQ_ASYNC_READ_CLIENT,
  HSE_REQ_DONE_WITH_SESSION,
  HSE_REQ_IO_COMPLETION,
  HSE_REQ_SEND_RESPONSE_HEADER_EX,
  HSE_REQ_TRANSMIT_FILE,
  HSE_STATUS_ERROR,
  HSE_STATUS_PENDING,
  HSE_STATUS_SUCCESS_AND_KEEP_CONN,
  on,
} from '@baton/sdk';
import { begun, ended, leaving } from './ledger.js';

const BUFFER_BYTES = 65_536;

on('draining', leaving);

export function httpExtensionProc(ecb) {
  const id = ecb.getServerVariable('HTTP_X_WORK_ID');
  begun(id);
  return ecb.method === 'GET' ? download(ecb, id) : upload(ecb, id);
}

async function download(ecb, id) {
  const [offset, length] = ecb.queryString.split('+').map(Number);
  const tail = `${id} ${process.pid}`;
  const file = await open(`${process.env.CLUSTER_DIR}/transfer.bin`);
  ecb.serverSupportFunction(HSE_REQ_TRANSMIT_FILE, {
    file,
    offset,
    bytesToWrite: length,
    status: '200 OK',
    head: `Content-Length: ${length + tail.length}\r\n\r\n`,
    tail,
    flags: HSE_IO_ASYNC | HSE_IO_SEND_HEADERS,
    routine: async (_ecb, _context, _bytes, error) => {
      await file.close();
      end(ecb, id, error);
    },
  });
  return HSE_STATUS_PENDING;
}

/** Reads and writes in turns, then one write of the tail. */
function upload(ecb, id) {
  const buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  const hash = createHash('sha256');
  let next = wrote;
  const read = () => {
    next = wasRead;
    ecb.serverSupportFunction(HSE_REQ_ASYNC_READ_CLIENT, buffer, buffer.length, HSE_IO_ASYNC);
  };
  const write = (bytes, then) => {
    next = then;
    ecb.writeClient(bytes, HSE_IO_ASYNC);
  };
  const echo = (bytes) => {
    hash.update(bytes);
    write(bytes, wrote);
  };
  function wrote() {
    read();
  }
  function wasRead(bytes) {
    if (bytes > 0) echo(buffer.subarray(0, bytes));
    else write(Buffer.from(`${hash.digest('hex')} ${id} ${process.pid}`), () => end(ecb, id, 0));
  }
  ecb.serverSupportFunction(HSE_REQ_IO_COMPLETION, (_ecb, _context, bytes, error) => (error ? end(ecb, id, error) : next(bytes)));
  ecb.serverSupportFunction(HSE_REQ_SEND_RESPONSE_HEADER_EX, { status: '200 OK', headers: {} });
  if (ecb.availableBytes > 0) echo(ecb.data);
  else read();
  return HSE_STATUS_PENDING;
}

/** Only what ended without an error counts as ended. */
function end(ecb, id, error) {
  if (error === 0) ended(id);
  ecb.serverSupportFunction(HSE_REQ_DONE_WITH_SESSION, error ? HSE_STATUS_ERROR : HSE_STATUS_SUCCESS_AND_KEEP_CONN);
}
