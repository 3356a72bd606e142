import assert from 'node:assert/strict';
import { RQ_NOTIFICATION_CONTINUE } from '../../constants/statuses.ts';
import type { HttpContext } from '../../context/http-context.ts';
import type { ThreadPool } from '../../thread-pool/thread-pool.ts';
import type { HandlerResult, HttpModule } from '../module.ts';
import { registering, servePipeline } from './serve-pipeline.ts';

/** A module whose onBeginRequest is `begin`; what is heard after it is noted. */
export async function serveBeginning(begin: (context: HttpContext) => HandlerResult, more: HttpModule = {}, pool?: ThreadPool) {
  const seen: string[] = [];
  const note = (what: string) => () => {
    seen.push(what);
    return RQ_NOTIFICATION_CONTINUE;
  };
  const fixture = await servePipeline(
    {
      first: registering({
        onBeginRequest(context) {
          seen.push('begin');
          return begin(context);
        },
        ...more,
      }),
      second: registering({ onBeginRequest: note('second'), onLogRequest: note('log') }),
    },
    pool ? { pool } : {},
  );
  return { ...fixture, seen };
}

/** What `use` throws. */
export function refusalOf(use: () => void): { code: string; message: string } {
  try {
    use();
  } catch (error) {
    return error as { code: string; message: string };
  }
  assert.fail('it was not refused');
}
