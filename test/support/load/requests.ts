import { crc32 } from 'node:zlib';

/** A kind of request to test/apps/load-app.js, and how its answer is recognised. */
export interface LoadRequest {
  readonly name: string;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: Buffer;
  /** `tail`: the last bytes of the body as text. */
  readonly isRight: (answer: { length: number; tail: string }) => boolean;
}

/** A request and how many of a hundred it is. */
export interface Share {
  readonly percent: number;
  readonly request: LoadRequest;
}

const UPLOAD = Buffer.alloc(1024 * 1024, 'one lap of the relay ');
const UPLOAD_SUM = crc32(UPLOAD);
const CHUNKS = 10;

export const QUICK: LoadRequest = { name: 'quick', method: 'GET', path: '/quick', isRight: ({ tail }) => /^quick \d+$/.test(tail) };

export const STREAM: LoadRequest = streamFor(200);

export const UPLOAD_1_MIB: LoadRequest = {
  name: 'upload',
  method: 'POST',
  path: '/upload',
  body: UPLOAD,
  isRight: ({ tail }) => new RegExp(`^upload \\d+ ${UPLOAD.length} ${UPLOAD_SUM}$`).test(tail),
};

export function waitFor(ms: number, method: 'GET' | 'POST' = 'GET'): LoadRequest {
  return { name: `wait ${ms} ms`, method, path: `/wait?ms=${ms}`, isRight: ({ tail }) => /^wait \d+$/.test(tail) };
}

/** Its head comes at once, its last byte after so long. */
export function streamFor(ms: number): LoadRequest {
  return {
    name: `stream ${ms} ms`,
    method: 'GET',
    path: `/stream?chunks=${CHUNKS}&ms=${ms}`,
    isRight: ({ length, tail }) => {
      const end = /stream \d+$/.exec(tail)?.[0];
      return end !== undefined && length === CHUNKS * 1024 + end.length;
    },
  };
}

/** What a site looks like: mostly quick answers, some slow ones, streams, and a few uploads. */
export const MIX: readonly Share[] = [
  { percent: 70, request: QUICK },
  { percent: 15, request: waitFor(300) },
  { percent: 10, request: STREAM },
  { percent: 5, request: UPLOAD_1_MIB },
];
