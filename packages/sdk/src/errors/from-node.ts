import type { ErrorName } from '../constants/error-codes.ts';
import { HostError } from './host-error.ts';

const NAMES: Readonly<Record<string, ErrorName>> = {
  ENOENT: 'ERROR_FILE_NOT_FOUND',
  ENOTDIR: 'ERROR_PATH_NOT_FOUND',
  ELOOP: 'ERROR_PATH_NOT_FOUND',
  ENAMETOOLONG: 'ERROR_INVALID_NAME',
  EACCES: 'ERROR_ACCESS_DENIED',
  EPERM: 'ERROR_ACCESS_DENIED',
  EROFS: 'ERROR_ACCESS_DENIED',
  EISDIR: 'ERROR_INVALID_FUNCTION',
  EBADF: 'ERROR_INVALID_HANDLE',
  EINVAL: 'ERROR_INVALID_PARAMETER',
  ERR_OUT_OF_RANGE: 'ERROR_INVALID_PARAMETER',
  ERR_INVALID_ARG_TYPE: 'ERROR_INVALID_PARAMETER',
  EMFILE: 'ERROR_TOO_MANY_OPEN_FILES',
  ENFILE: 'ERROR_TOO_MANY_OPEN_FILES',
  ENOSPC: 'ERROR_DISK_FULL',
  EDQUOT: 'ERROR_DISK_FULL',
  EEXIST: 'ERROR_ALREADY_EXISTS',
  EBUSY: 'ERROR_BUSY',
  EIO: 'ERROR_IO_DEVICE',
  EPIPE: 'ERROR_BROKEN_PIPE',
  ENOTCONN: 'ERROR_PIPE_NOT_CONNECTED',
  ECONNRESET: 'ERROR_NETNAME_DELETED',
  ECONNABORTED: 'ERROR_NETNAME_DELETED',
  ETIMEDOUT: 'ERROR_TIMEOUT',
  ECANCELED: 'ERROR_OPERATION_ABORTED',
  ABORT_ERR: 'ERROR_OPERATION_ABORTED',
  ERR_STREAM_DESTROYED: 'ERROR_OPERATION_ABORTED',
  ERR_STREAM_PREMATURE_CLOSE: 'ERROR_NETNAME_DELETED',
  ERR_STREAM_WRITE_AFTER_END: 'ERROR_BROKEN_PIPE',
  ENOMEM: 'ERROR_NOT_ENOUGH_MEMORY',
  ENOSYS: 'ERROR_NOT_SUPPORTED',
  ENOTSUP: 'ERROR_NOT_SUPPORTED',
};

/** What an error of Node is called in winerror.h; ERROR_GEN_FAILURE for one without a name there. */
export function errorNameOf(error: unknown): ErrorName {
  if (HostError.is(error)) return error.code;
  const code = (error as { code?: unknown } | null)?.code;
  return (typeof code === 'string' && NAMES[code]) || 'ERROR_GEN_FAILURE';
}

/** An error of Node as HostError, with `what` failed in front and the error itself as cause. */
export function fromNode(error: unknown, what: string): HostError {
  if (HostError.is(error)) return error;
  return new HostError(errorNameOf(error), `${what}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
}
