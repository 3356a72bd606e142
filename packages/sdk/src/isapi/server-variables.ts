import { readServerVariable as readVariable, SERVER_VARIABLES, type VariableSource } from '../context/server-variables.ts';
import { pathOf } from '../context/url.ts';
import { HostError } from '../errors/host-error.ts';
import type { ControlBlock } from './control-block.ts';

/** Names of the original that have no value here, whatever the request. */
const WITHOUT_VALUE = new Set(
  (
    'AUTH_PASSWORD CERT_COOKIE CERT_FLAGS CERT_KEYSIZE CERT_SECRETKEYSIZE CERT_SERVER_ISSUER CERT_SERVER_SUBJECT HTTPS_KEYSIZE ' +
    'HTTPS_SECRETKEYSIZE HTTPS_SERVER_ISSUER HTTPS_SERVER_SUBJECT INSTANCE_META_PATH SSI_EXEC_DISABLED'
  ).split(' '),
);

/**
 * A server variable of a request (GetServerVariable), by name in any case.
 *
 * - Where modules stand around the extension it is what they see and have set.
 * - Throws ERROR_INVALID_PARAMETER, ERROR_INVALID_INDEX (no such name), ERROR_NO_DATA (it has no value here). ERROR_INSUFFICIENT_BUFFER and ERROR_MORE_DATA
 *   do not occur: a string has room.
 */
export function readServerVariable(block: ControlBlock, name: string): string {
  if (typeof name !== 'string' || name === '') {
    throw new HostError('ERROR_INVALID_PARAMETER', `expected the name of a server variable, got ${JSON.stringify(name)}`);
  }
  const plain = withoutUnicode(name.toUpperCase());
  const context = block.owner.services.contextOf?.(block.req);
  const value = context?.getServerVariable(plain) ?? (context ? undefined : readVariable(sourceOf(block), plain));
  // A certificate that is not there has no fields either.
  if (value !== undefined && !(value === '' && plain.startsWith('CERT_'))) return value;
  if (value !== undefined || isKnown(plain))
    throw new HostError('ERROR_NO_DATA', `the server variable ${name} has no value in this request`);
  throw noSuchName(name, 'HTTP_NAME and HEADER_Name are header fields');
}

/** Text is Unicode here as it is: the prefix changes nothing, and is refused where the original has no wide form. */
function withoutUnicode(name: string): string {
  if (!name.startsWith('UNICODE_')) return name;
  const plain = name.slice('UNICODE_'.length);
  if (/^(HTTP|HEADER)_/.test(plain)) throw noSuchName(name, 'UNICODE_ is not for HTTP_ and HEADER_');
  return plain;
}

const noSuchName = (name: string, hint: string): HostError =>
  new HostError('ERROR_INVALID_INDEX', `there is no server variable ${JSON.stringify(name)}: ${hint}`);

const isKnown = (name: string): boolean =>
  Object.hasOwn(SERVER_VARIABLES, name) || WITHOUT_VALUE.has(name) || /^(HTTP|HEADER)_./.test(name);

/** The request without modules: nobody has signed in, and the path is the script. */
function sourceOf(block: ControlBlock): VariableSource {
  const path = pathOf(block.req.url ?? '/');
  const { server } = block.owner.services;
  return {
    req: block.req,
    run: {
      application: {
        facts: { configPath: '', pool: server.getAppPoolName() },
        getApplicationPhysicalPath: () => mapped(block, '/'),
      },
    },
    getUser: () => null,
    getScriptName: () => path,
    getScriptTranslated: () => mapped(block, path),
    getPhysicalPath: () => mapped(block, path),
  };
}

/** '' where the site has no folder. */
function mapped(block: ControlBlock, url: string): string {
  try {
    return block.owner.services.mapPath(url, block.req);
  } catch {
    return '';
  }
}
