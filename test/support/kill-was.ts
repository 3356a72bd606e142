import type { Parts } from './parts.ts';

/** Kills WAS; another one leads when this resolves. */
export async function killAndRestartWas(parts: Parts): Promise<void> {
  const was = parts.part('was');
  was.kill('SIGKILL');
  await was.ended;
  await parts.restart('was');
}
