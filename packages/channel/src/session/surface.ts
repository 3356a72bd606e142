/**
 * Lets an error thrown by a caller's handler surface as an uncaught exception, outside the batch being read:
 * thrown inside, it would take the frames of other requests with it.
 */
export function surface(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
