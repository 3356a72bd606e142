import { Module } from 'node:module';
import { pathToFileURL } from 'node:url';

/**
 * Runs `entry` as the process's main module, in whatever form it is written, and resolves with what it exports once it was evaluated.
 *
 * - CommonJS: `require.main === module`; an error it throws is thrown here.
 * - ES modules (and TypeScript of either form): `import.meta.main`; an error it throws is an uncaught exception, as in Node, and rejects here too.
 */
export async function runMain(entry: string): Promise<unknown> {
  process.argv[1] = entry;
  (Module as unknown as { runMain(): void }).runMain();
  const main = process.mainModule as (NodeJS.Module & { loaded: boolean }) | undefined;
  if (main?.loaded) return main.exports;
  return await import(pathToFileURL(main?.filename ?? entry).href);
}
