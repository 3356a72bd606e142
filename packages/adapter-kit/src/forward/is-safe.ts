/** Safe methods whose request may be run twice (handover.md, When a worker dies). */
export function isSafe(method: string): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'OPTIONS';
}
