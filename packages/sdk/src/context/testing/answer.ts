import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { RQ_NOTIFICATION_FINISH_REQUEST } from '../../constants/statuses.ts';
import type { HttpContext } from '../http-context.ts';
import type { HttpResponse } from '../http-response.ts';
import { get, serveModule } from './serve-module.ts';

const folder = mkdtempSync(join(tmpdir(), 'response-'));
/** A file of 200 kB, gone when the tests of the file that imports this are over. */
export const file = join(folder, 'page.txt');
writeFileSync(file, '0123456789'.repeat(20_000));
after(() => rmSync(folder, { recursive: true }));

/** For a line of a table: the last of what was done. */
export const last = <T>(...values: [...unknown[], T]): T => values.at(-1) as T;

/** What a response says when a module has answered in BEGIN_REQUEST. */
export async function answer(act: (response: HttpResponse, context: HttpContext) => unknown, request = get()): Promise<string> {
  const { talk } = await serveModule({
    onBeginRequest: async (context) => {
      await act(context.getResponse(), context);
      return RQ_NOTIFICATION_FINISH_REQUEST;
    },
  });
  return await talk(request);
}
