import type { Extension } from './extension.ts';

/** Finds an extension among a module's exports: the module itself, or its default export (two levels down for a transpiled CommonJS module). */
export function findExtension(exported: unknown): Extension | undefined {
  let candidate = exported;
  for (let depth = 0; depth < 3; depth++) {
    if ((typeof candidate !== 'object' && typeof candidate !== 'function') || candidate === null) return undefined;
    if (typeof (candidate as Partial<Extension>).httpExtensionProc === 'function') return candidate as Extension;
    candidate = (candidate as { default?: unknown }).default;
  }
  return undefined;
}
