import type { LogLevel } from '../server/server-host.ts';
import type { ControlBlock } from './control-block.ts';

/** Writes a line of the log about the request of a block, with the extension's name in front. */
export function logBlock(
  { owner, req }: Pick<ControlBlock, 'owner' | 'req'>,
  id: number,
  level: LogLevel,
  message: string,
  error?: unknown,
  fields?: Record<string, unknown>,
): void {
  const cause = error === undefined ? {} : { error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  owner.services.log(level, `${owner.name}: ${message}`, { connId: id, method: req?.method, url: req?.url, ...fields, ...cause });
}
