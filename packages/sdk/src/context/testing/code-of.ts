import type { HostError } from '../../errors/host-error.ts';

const nameOf = (error: unknown): string => (error as HostError).code ?? String(error);

/** The name of the error that `act` throws, or 'none'. */
export const codeOf = (act: () => unknown): string => {
  try {
    act();
    return 'none';
  } catch (error) {
    return nameOf(error);
  }
};

/** The name of the error that `act` throws or rejects with, or 'none'. */
export const awaitedCodeOf = async (act: () => unknown): Promise<string> => {
  try {
    await act();
    return 'none';
  } catch (error) {
    return nameOf(error);
  }
};
