// PUT or POST: the body comes back. Its first bytes are in the control block; the rest is read by HSE_REQ_ASYNC_READ_CLIENT, piece by piece, and each piece
// is on its way back before the next one is read: one operation at a time, so that an upload of any size takes one buffer and waits for a slow client.
import {
  HSE_IO_ASYNC,
  HSE_REQ_ASYNC_READ_CLIENT,
  HSE_REQ_DONE_WITH_SESSION,
  HSE_REQ_IO_COMPLETION,
  HSE_REQ_SEND_RESPONSE_HEADER_EX,
  HSE_STATUS_ERROR,
  HSE_STATUS_PENDING,
  HSE_STATUS_SUCCESS_AND_KEEP_CONN,
  HSE_TOTAL_BYTES_UNKNOWN,
} from '@baton/sdk';

const BUFFER_BYTES = 262_144;

/** Begins the echo of a request; its operations go on by themselves. */
export function echo(ecb) {
  const headers = { 'Content-Type': ecb.contentType || 'application/octet-stream' };
  if (ecb.totalBytes !== HSE_TOTAL_BYTES_UNKNOWN) headers['Content-Length'] = `${ecb.totalBytes}`;
  ecb.serverSupportFunction(HSE_REQ_SEND_RESPONSE_HEADER_EX, { status: '200 OK', headers });
  // The context of the routine is what one request has for itself: nothing of a request is global.
  const state = { buffer: Buffer.allocUnsafeSlow(BUFFER_BYTES), isReading: false };
  ecb.serverSupportFunction(HSE_REQ_IO_COMPLETION, completed, state);
  if (ecb.availableBytes > 0) ecb.writeClient(ecb.data, HSE_IO_ASYNC);
  else read(ecb, state);
  return HSE_STATUS_PENDING;
}

/** The end of each operation, of reads and writes in turns. */
function completed(ecb, state, bytes, error) {
  const wasReading = state.isReading;
  state.isReading = false;
  if (error)
    ecb.serverSupportFunction(HSE_REQ_DONE_WITH_SESSION, HSE_STATUS_ERROR); // the client has left
  else if (!wasReading) read(ecb, state);
  else if (bytes > 0) ecb.writeClient(state.buffer.subarray(0, bytes), HSE_IO_ASYNC);
  else ecb.serverSupportFunction(HSE_REQ_DONE_WITH_SESSION, HSE_STATUS_SUCCESS_AND_KEEP_CONN); // the body is complete
}

function read(ecb, state) {
  state.isReading = true;
  ecb.serverSupportFunction(HSE_REQ_ASYNC_READ_CLIENT, state.buffer, state.buffer.length, HSE_IO_ASYNC);
}
