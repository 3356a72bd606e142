import { type Agent, request } from 'node:http';
import type { LoadRequest } from './requests.ts';

/** What the client saw: the process that answered, or what was wrong; `begunBy`: the process that had begun to answer, 0 = none. */
export type Sight = { readonly pid: number } | { readonly wrong: string; readonly begunBy: number };

const TAIL_BYTES = 64;

/** Sends one request under an id of the client's and looks at all of its answer. Calls `done` once. */
export function send(base: URL, kind: LoadRequest, id: string, agent: Agent, done: (sight: Sight) => void): void {
  const { method, path, body } = kind;
  let isDone = false;
  let begunBy = 0;
  const end = (sight: Sight) => {
    if (isDone) return;
    isDone = true;
    done(sight);
  };
  const fail = (wrong: string) => end({ wrong, begunBy });
  const headers = { 'x-request-id': id, ...(method === 'POST' && { 'content-length': body?.length ?? 0 }) };
  const sent = request({ host: base.hostname, port: base.port, method, path, agent, headers }, (response) => {
    begunBy = Number(response.headers['x-pid'] ?? 0);
    let length = 0;
    let tail: Buffer = Buffer.alloc(0);
    response.on('data', (chunk: Buffer) => {
      length += chunk.length;
      tail = chunk.length >= TAIL_BYTES ? chunk.subarray(-TAIL_BYTES) : Buffer.concat([tail, chunk]).subarray(-TAIL_BYTES);
    });
    response.on('error', (error) => fail(`the answer broke off after ${length} bytes: ${error.message}`));
    response.on('end', () => {
      const { statusCode, headers } = response;
      const text = tail.toString('latin1');
      if (statusCode !== 200) fail(`status ${statusCode} ${headers['x-baton-error'] ?? ''}`.trim());
      else if (!kind.isRight({ length, tail: text })) fail(`a wrong body of ${length} bytes that ends in "${text}"`);
      else end({ pid: Number(/ (\d+)/.exec(text.slice(text.indexOf(kind.name.split(' ')[0]!)))?.[1]) });
    });
  });
  sent.on('error', (error) => fail(error.message));
  sent.end(body);
}
