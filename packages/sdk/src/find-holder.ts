/** What a module exports with a method `name`: the module itself, or its default export, which a transpiled CommonJS module has two levels down. */
export function findHolder<T extends object>(exported: unknown, name: keyof T & string): T | undefined {
  let place = exported;
  for (let level = 0; level < 3; level++) {
    if (place === null || (typeof place !== 'object' && typeof place !== 'function')) return undefined;
    if (typeof (place as Record<string, unknown>)[name] === 'function') return place as T;
    place = (place as { default?: unknown }).default;
  }
  return undefined;
}
