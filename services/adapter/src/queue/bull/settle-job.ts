import type { Hold } from './hold.ts';

/** BullMQ's codes of a move that was refused (enums/error-code). */
const LOCK_MISSING = -2;
const REFUSED = new Set([-1, LOCK_MISSING, -3, -6]);

const TRIES = 3;

/**
 * Moves a held job to where its end belongs. False: it is with somebody else, is gone, or was settled by a command whose answer was lost.
 *
 * - `relock` takes an expired lock again, and says whether the job is still ours.
 */
export async function settleJob(hold: Hold, move: () => Promise<unknown>, relock: () => Promise<boolean>): Promise<boolean> {
  const { job } = hold;
  const { attemptsMade, stacktrace } = job;
  for (let tries = 1; ; tries++) {
    try {
      await move();
      return true;
    } catch (error) {
      const code = (error as { code?: unknown }).code;
      if (typeof code !== 'number' || !REFUSED.has(code)) throw error;
      if (code !== LOCK_MISSING || tries === TRIES || !(await relock())) return false;
      // The move changed them before it was refused.
      Object.assign(job, { attemptsMade, stacktrace: stacktrace === null ? null : [...(stacktrace ?? [])] });
    }
  }
}
