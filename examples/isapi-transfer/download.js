// GET /NAME: a file, sent by HSE_REQ_TRANSMIT_FILE: one asynchronous operation for head and file, of whatever size; no byte of it passes through here.
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import {
  HSE_IO_ASYNC,
  HSE_IO_SEND_HEADERS,
  HSE_REQ_DONE_WITH_SESSION,
  HSE_REQ_SEND_CUSTOM_ERROR,
  HSE_REQ_TRANSMIT_FILE,
  HSE_STATUS_ERROR,
  HSE_STATUS_PENDING,
  HSE_STATUS_SUCCESS,
  HSE_STATUS_SUCCESS_AND_KEEP_CONN,
} from '@baton/sdk';

/** What a file of the folder may be called: nothing that leads out of it, nothing hidden. */
const NAME = /^\w[\w.-]{0,254}$/;

/** Sends a file of the folder. The promise is PENDING done right: no slot is held, and what it settles to counts. */
export async function download(ecb, folder) {
  const name = ecb.pathInfo.slice(ecb.pathInfo.lastIndexOf('/') + 1);
  const file = NAME.test(name) ? await open(join(folder, name)).catch(() => undefined) : undefined;
  const stats = await file?.stat();
  if (!stats?.isFile()) {
    await file?.close();
    ecb.serverSupportFunction(HSE_REQ_SEND_CUSTOM_ERROR, { status: '404 Not Found' });
    return HSE_STATUS_SUCCESS;
  }
  try {
    ecb.serverSupportFunction(HSE_REQ_TRANSMIT_FILE, {
      file,
      bytesToWrite: stats.size, // as many as Content-Length says, also of a file that grows meanwhile
      status: '200 OK',
      head: `Content-Type: application/octet-stream\r\nContent-Length: ${stats.size}\r\n\r\n`,
      flags: HSE_IO_ASYNC | HSE_IO_SEND_HEADERS,
      routine: sent,
      context: file,
    });
  } catch (error) {
    await file.close(); // refused: nothing has begun, no routine will be called
    throw error;
  }
  return HSE_STATUS_PENDING;
}

/** Once for each transfer, also for one whose client has left: error is 995 then, ERROR_OPERATION_ABORTED. */
async function sent(ecb, file, _bytes, error) {
  await file.close(); // the file is ours again only now
  ecb.serverSupportFunction(HSE_REQ_DONE_WITH_SESSION, error ? HSE_STATUS_ERROR : HSE_STATUS_SUCCESS_AND_KEEP_CONN);
}
