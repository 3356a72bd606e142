import type { Probe } from '../probe.ts';
import { chunk } from './chunk.ts';
import { connection } from './connection.ts';
import { contentLength } from './content-length.ts';
import { field } from './field.ts';
import { host } from './host.ts';
import { method } from './method.ts';
import { pipeline } from './pipeline.ts';
import { requestLine } from './request-line.ts';
import { response } from './response.ts';
import { target } from './target.ts';
import { transferEncoding } from './transfer-encoding.ts';

/** Every probe of the set. */
export const PROBES: readonly Probe[] = [
  ...requestLine,
  ...target,
  ...method,
  ...field,
  ...contentLength,
  ...transferEncoding,
  ...chunk,
  ...host,
  ...connection,
  ...pipeline,
  ...response,
];
