/** What writing to a host that is gone ends with. */
const HOST_GONE: readonly unknown[] = ['EPIPE', 'ECONNRESET'];

/**
 * Lets the app's output go nowhere once the host that reads it is gone, where Node would make an uncaught error of it.
 *
 * - The streams are touched only when the app touches them: making one costs time at each start.
 * - Every other error of theirs is what it is without Baton.
 */
export function guardOutput(): void {
  for (const name of ['stdout', 'stderr'] as const) {
    const getter = Object.getOwnPropertyDescriptor(process, name);
    const read = getter?.get;
    if (!read) continue;
    Object.defineProperty(process, name, {
      ...getter,
      get: () => {
        const stream = read.call(process) as NodeJS.WriteStream;
        Object.defineProperty(process, name, getter);
        stream.on('error', (error: NodeJS.ErrnoException) => {
          if (!HOST_GONE.includes(error.code) && stream.listenerCount('error') === 1) throw error;
        });
        return stream;
      },
    });
  }
}
