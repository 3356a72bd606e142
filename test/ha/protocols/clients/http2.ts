import { once } from 'node:events';
import { type ClientHttp2Session, connect } from 'node:http2';
import { type Protocol, type Sight, sightOf, wrong } from '../protocol.ts';

const SESSIONS = 4;
const BODY = 'lap '.repeat(64);

/** Streams with a body over a few connections (h2c by prior knowledge), each answered after 0 to 300 ms. */
export const http2: Protocol = {
  name: 'HTTP/2',
  entry: 'echo-http.js',
  binding: (port) => `http://*:${port}/`,
  perSecond: 200,
  async open({ url }) {
    const sessions = await Promise.all(Array.from({ length: SESSIONS }, () => open(url)));
    let count = 0;
    return {
      send: (id) => send(sessions[count % SESSIONS]!, id, (count++ * 37) % 300),
      close: async () => {
        await Promise.all(sessions.map((session) => new Promise<void>((resolve) => session.close(resolve))));
      },
    };
  },
};

async function open(url: string): Promise<ClientHttp2Session> {
  const session = connect(url);
  session.on('error', () => {});
  await once(session, 'connect');
  return session;
}

function send(session: ClientHttp2Session, id: string, waitMs: number): Promise<Sight> {
  return new Promise((resolve) => {
    try {
      const stream = session.request({ ':method': 'POST', ':path': '/', 'x-work-id': id, 'x-wait-ms': String(waitMs) });
      let text = '';
      let status = 0;
      stream.setEncoding('latin1');
      stream.on('response', (headers) => {
        status = Number(headers[':status']);
      });
      stream.on('data', (chunk: string) => {
        text += chunk;
      });
      stream.on('error', (error) => resolve(wrong(error)));
      stream.on('close', () => {
        const [ended, pid, ...body] = text.split(' ');
        if (status !== 200 || stream.rstCode !== 0) resolve({ wrong: `status ${status}, RST ${stream.rstCode}` });
        else resolve(body.join(' ') === BODY ? sightOf(`${ended} ${pid}`, id) : { wrong: `a body of ${text.length} bytes` });
      });
      stream.end(BODY);
    } catch (error) {
      resolve(wrong(error));
    }
  });
}
