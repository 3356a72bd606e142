/** A JSON object of another program, before anything is known of it. */
export type Json = Readonly<Record<string, unknown>>;

export function text(json: Json, field: string): string {
  const value = json[field];
  return typeof value === 'string' ? value : '';
}

export function count(json: Json, field: string): number {
  const value = json[field];
  return typeof value === 'number' ? value : 0;
}

/** An ISO 8601 time as Unix time in ms; 0: there is none. */
export function time(json: Json, field: string): number {
  return Date.parse(text(json, field)) || 0;
}
