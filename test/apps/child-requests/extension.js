// An extension that asks its own site for the answer, by HSE_REQ_EXEC_URL and HSE_REQ_SEND_URL; /echo and /big are what it asks for.
import {
  HSE_EXEC_URL_NO_HEADERS,
  HSE_REQ_DONE_WITH_SESSION,
  HSE_REQ_EXEC_URL,
  HSE_REQ_GET_EXEC_URL_STATUS,
  HSE_REQ_IO_COMPLETION,
  HSE_REQ_SEND_RESPONSE_HEADER_EX,
  HSE_REQ_SEND_URL,
  HSE_STATUS_PENDING,
  HSE_STATUS_SUCCESS,
} from '@baton/sdk';

/** Bytes of /big, a pattern. */
const BIG = Buffer.alloc(8 << 20, 'abcdefg');

/** Runs a child request, then `ended` with its status, then the session's end. */
function execute(ecb, info, ended = async () => {}) {
  ecb.serverSupportFunction(HSE_REQ_IO_COMPLETION, async (_ecb, _context, _bytes, error) => {
    await ended(error, ecb.serverSupportFunction(HSE_REQ_GET_EXEC_URL_STATUS));
    ecb.serverSupportFunction(HSE_REQ_DONE_WITH_SESSION);
  });
  ecb.serverSupportFunction(HSE_REQ_EXEC_URL, info);
  return HSE_STATUS_PENDING;
}

function head(ecb, status, headers) {
  ecb.serverSupportFunction(HSE_REQ_SEND_RESPONSE_HEADER_EX, { status, headers });
}

/** What its query names is what it runs. */
const WAYS = {
  '/put': (ecb) =>
    execute(ecb, {
      url: '/echo?cup=2',
      method: 'PUT',
      childHeaders: { 'x-tea': ['green', 'mint'], 'Content-Type': 'text/plain' },
      entity: 'milk',
    }),
  '/own': (ecb) => execute(ecb, { url: `/echo?${ecb.queryString}` }),
  '/file': (ecb) => execute(ecb, { url: '/files/page.html' }),
  '/big-child': (ecb) => execute(ecb, { url: '/big' }),
  '/within': (ecb) => {
    head(ecb, '203 Mine', { 'x-parent': 'yes' });
    void ecb.writeClient(Buffer.from('<'));
    return execute(ecb, { url: '/echo?within', flags: HSE_EXEC_URL_NO_HEADERS }, async (error, status) => {
      await ecb.writeClient(Buffer.from(`> ${error} ${status.httpStatusCode}`));
    });
  },
  // Runs itself, until the host refuses one level more.
  '/deep': (ecb) =>
    execute(ecb, { url: '/deep', flags: HSE_EXEC_URL_NO_HEADERS }, (error, status) =>
      error === 0 ? undefined : ecb.writeClient(Buffer.from(`error ${error} ${status.win32Error}`)),
    ),
  '/send': async (ecb) => {
    await ecb.serverSupportFunction(HSE_REQ_SEND_URL, '/echo?send');
    return HSE_STATUS_SUCCESS;
  },
  '/refused': async (ecb) => {
    const codes = [];
    for (const info of [{ method: 'GE T' }, { childHeaders: { 'x a': '1' } }, { childHeaders: { 'x-a': '1\r\nx-b: 2' } }])
      try {
        ecb.serverSupportFunction(HSE_REQ_EXEC_URL, { url: '/echo', ...info });
      } catch (error) {
        codes.push(error.code);
      }
    await ecb.writeClient(Buffer.from(codes.join()));
    return HSE_STATUS_SUCCESS;
  },
  '/echo': async (ecb) => {
    head(ecb, '201 Echoed', { 'x-child': 'yes' });
    const tea = ecb.contentType ? ecb.getServerVariable('HTTP_X_TEA') : '-';
    await ecb.writeClient(Buffer.from(`${ecb.method} ${ecb.queryString} ${tea} ${ecb.data}`));
    return HSE_STATUS_SUCCESS;
  },
  '/big': async (ecb) => {
    head(ecb, '200 OK', { 'Content-Length': String(BIG.length) });
    await ecb.writeClient(BIG);
    return HSE_STATUS_SUCCESS;
  },
};

export const httpExtensionProc = (ecb) => WAYS[ecb.pathInfo](ecb);
