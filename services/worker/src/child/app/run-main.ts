import { Module } from 'node:module';
import { pathToFileURL } from 'node:url';

/**
 * Runs `entry` as the process's main module, in whatever form it is written, and resolves with what it exports once it was evaluated.
 *
 * - CommonJS: `require.main === module`. ES modules: `import.meta.main`, with top-level await. TypeScript of either form.
 * - An error it throws is an uncaught exception of the process, as in Node; the promise resolves with undefined then.
 */
export async function runMain(entry: string): Promise<unknown> {
  process.argv[1] = entry;
  try {
    (Module as unknown as { runMain(): void }).runMain();
  } catch (error) {
    // Thrown from here it would be a rejection; Node makes an uncaught exception of it, which the app may handle.
    process.nextTick(() => {
      throw error;
    });
    return undefined;
  }
  const main = process.mainModule as (NodeJS.Module & { loaded: boolean }) | undefined;
  if (main?.loaded) return main.exports;
  try {
    return await import(pathToFileURL(main?.filename ?? entry).href);
  } catch {
    return undefined;
  }
}

/** Runs the entry of a further app of the process, in whatever form it is written; the rest as for `runMain`. */
export async function runFurther(entry: string): Promise<unknown> {
  try {
    return await import(pathToFileURL(entry).href);
  } catch (error) {
    process.nextTick(() => {
      throw error;
    });
    return undefined;
  }
}
