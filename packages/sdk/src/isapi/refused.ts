import { HostError } from '../errors/host-error.ts';

/** The error of an argument that an extension may not give: ERROR_INVALID_PARAMETER. */
export const refused = (message: string): HostError => new HostError('ERROR_INVALID_PARAMETER', message);
