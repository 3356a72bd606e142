import { pipeline, Transform } from 'node:stream';
import { pipeline as pipelinePromise } from 'node:stream/promises';
import { note } from '../record.js';
import { bodyOf, json, later } from './helpers.js';

const upper = () => new Transform({ transform: (chunk, _encoding, done) => done(null, chunk.toString('latin1').toUpperCase()) });

/** Bodies of requests. */
export const bodies = {
  '/echo': async (req, res) => {
    const body = await bodyOf(req);
    json(res, {
      method: req.method,
      url: req.url,
      httpVersion: req.httpVersion,
      headers: req.headers,
      rawHeaders: req.rawHeaders,
      distinct: req.headersDistinct,
      body: body.toString('latin1'),
      trailers: req.trailers,
      rawTrailers: req.rawTrailers,
      complete: req.complete,
      upgrade: req.upgrade,
    });
  },
  '/count': async (req, res) => {
    let bytes = 0;
    for await (const chunk of req) bytes += chunk.length;
    res.end(String(bytes));
  },
  '/slow-count': async (req, res) => {
    let bytes = 0;
    for await (const chunk of req) {
      bytes += chunk.length;
      await later(1);
    }
    res.end(String(bytes));
  },
  '/events-body': (req, res) => {
    let body = '';
    req.setEncoding('utf8');
    req.on('data', (chunk) => {
      body += chunk;
    });
    req.on('end', () => res.end(`got ${body.length}: ${body}`));
  },
  '/pause-resume': (req, res) => {
    let bytes = 0;
    req.on('data', (chunk) => {
      bytes += chunk.length;
      req.pause();
      setTimeout(() => req.resume(), 1);
    });
    req.on('end', () => res.end(String(bytes)));
  },
  '/readable': (req, res) => {
    let bytes = 0;
    req.on('readable', () => {
      for (let chunk = req.read(); chunk !== null; chunk = req.read()) bytes += chunk.length;
    });
    req.on('end', () => res.end(String(bytes)));
  },
  '/pipe': (req, res) => {
    req.pipe(res);
  },
  '/pipeline': (req, res) => {
    pipeline(req, upper(), res, (error) => note(req, `pipeline ${error?.code ?? 'ok'}`));
  },
  '/pipeline-promise': async (req, res) => {
    await pipelinePromise(req, upper(), res).catch(() => {});
  },
  '/ignore-body': (_req, res) => res.end('ignored'),
  '/early-answer': (req, res) => {
    res.end('early');
    let bytes = 0;
    req.on('data', (chunk) => {
      bytes += chunk.length;
    });
    req.on('end', () => note(req, `read ${bytes} after the answer`));
  },
  '/refuse-body': (_req, res) => {
    res.writeHead(413, { Connection: 'close' });
    res.end('too much');
  },
  '/form': async (req, res) => json(res, Object.fromEntries(new URLSearchParams((await bodyOf(req)).toString()))),
  '/json': async (req, res) => json(res, { got: JSON.parse((await bodyOf(req)).toString()) }),
};
