import { validateHeaderName, validateHeaderValue } from 'node:http';
import { HostError } from '../errors/host-error.ts';

/** ERROR_INVALID_PARAMETER for what no header may be. */
export function checkField(name: string, value: string): void {
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value);
  } catch (cause) {
    throw new HostError(
      'ERROR_INVALID_PARAMETER',
      `A header field was expected, ${JSON.stringify(name)}: ${JSON.stringify(value)} came: ${(cause as Error).message}`,
      {
        cause,
      },
    );
  }
}
