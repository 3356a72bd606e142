// The four kinds of request, and what makes an answer whole: anything short of it counts as lost.
import crypto from 'k6/crypto';
import http from 'k6/http';

const UPLOAD_BYTES = 1024 * 1024;
const body = new Uint8Array(UPLOAD_BYTES).map((_, index) => index % 251).buffer;
const bodyHash = crypto.sha256(body, 'hex');

const SLOW_MS = 300;
/** Streams last 0.2 to 1 s, so that the overlaps of recycles differ from each other. */
const CHUNK_EVERY_MS = 50;
const [FEWEST_CHUNKS, MOST_CHUNKS] = [5, 21];

export const kinds = {
  quick: (url, params) => {
    const response = http.get(`${url}/quick`, params);
    return { response, isWhole: response.status === 200 && response.body === 'quick answer\n' };
  },
  slow: (url, params) => {
    const response = http.get(`${url}/slow?ms=${SLOW_MS}`, params);
    return { response, isWhole: response.status === 200 && response.body === 'slow answer\n' };
  },
  stream: (url, params) => {
    const chunks = FEWEST_CHUNKS + Math.floor(Math.random() * (MOST_CHUNKS - FEWEST_CHUNKS + 1));
    const response = http.get(`${url}/stream?chunks=${chunks}&everyMs=${CHUNK_EVERY_MS}`, params);
    return { response, isWhole: response.status === 200 && String(response.body).endsWith(`chunk ${chunks} is the last\n`) };
  },
  upload: (url, params) => {
    const response = http.post(`${url}/upload`, body, params);
    return { response, isWhole: response.status === 200 && response.body === bodyHash };
  },
};

/** 70 % quick, 15 % slow, 10 % streamed, 5 % uploads of 1 MiB, exactly, spread evenly: the kind of the nth request. */
const MIX = 'qqsqqtqqsqqqqtqqsqqu';
const NAMES = { q: 'quick', s: 'slow', t: 'stream', u: 'upload' };

export function kindOf(n) {
  return NAMES[MIX[n % MIX.length]];
}
