import { ERROR_NUMBERS } from '../constants/error-codes.ts';
import { HostError } from '../errors/host-error.ts';

/** What a call that needs the connection gets when it is gone. */
export function goneError(error: number): HostError {
  return error === ERROR_NUMBERS.ERROR_NETNAME_DELETED
    ? new HostError('ERROR_NETNAME_DELETED', 'the extension has closed the connection: say HSE_REQ_DONE_WITH_SESSION')
    : new HostError('ERROR_OPERATION_ABORTED', 'the client has broken the connection: say HSE_REQ_DONE_WITH_SESSION');
}
