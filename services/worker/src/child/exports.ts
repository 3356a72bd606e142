/**
 * What a module exports under `name`, of a function's form: `export function name`, `exports.name`, or a method of its default export.
 *
 * A method keeps its object.
 */
export function findExport<F extends (...args: never[]) => unknown>(exported: unknown, name: string): F | undefined {
  let place = exported;
  // A CommonJS module imported as an ES module has its exports one level down, a transpiled one two.
  for (let level = 0; level < 3; level++) {
    if (place === null || (typeof place !== 'object' && typeof place !== 'function')) return undefined;
    const found = (place as Record<string, unknown>)[name];
    if (typeof found === 'function') return found.bind(place) as F;
    place = (place as { default?: unknown }).default;
  }
  return undefined;
}
