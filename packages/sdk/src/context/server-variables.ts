import type { IncomingMessage } from 'node:http';
import { certificateOf } from './client-certificate.ts';
import type { ApplicationFacts } from './http-application.ts';
import type { HttpUser } from './http-user.ts';
import { pathOf, queryOf } from './url.ts';

/** What server variables are read from: a context is one; ISAPI makes its own where no module is. */
export interface VariableSource {
  readonly req: IncomingMessage;
  readonly run: {
    readonly application: {
      readonly facts: Pick<ApplicationFacts, 'configPath' | 'site' | 'pool'>;
      getApplicationPhysicalPath(): string;
    };
  };
  getUser(): HttpUser | null;
  getScriptName(): string;
  getScriptTranslated(): string;
  getPhysicalPath(): string;
}

type Read = (source: VariableSource) => string | undefined;

const isEncrypted = (req: IncomingMessage): boolean => (req.socket as { encrypted?: boolean }).encrypted === true;

/**
 * The server variables that have a meaning here, by name; docs/programming-model.md prints the names.
 *
 * - An app has no extra path behind its script, so PATH_INFO is the whole path, as IIS has it.
 */
export const SERVER_VARIABLES: Readonly<Record<string, Read>> = {
  ALL_HTTP: ({ req }) => fieldsOf(req, (name, value) => `${httpName(name)}:${value}\n`),
  ALL_RAW: ({ req }) => rawFieldsOf(req),
  APP_POOL_ID: ({ run }) => run.application.facts.pool ?? '',
  APPL_MD_PATH: ({ run }) => run.application.facts.configPath,
  APPL_PHYSICAL_PATH: ({ run }) => run.application.getApplicationPhysicalPath(),
  AUTH_TYPE: (source) => source.getUser()?.getAuthenticationType() ?? '',
  AUTH_USER: (source) => source.getUser()?.getUserName() ?? '',
  CACHE_URL: ({ req }) => `${schemeOf(req)}://${hostOf(req)}:${req.socket.localPort ?? 0}${req.url}`,
  CERT_ISSUER: ({ req }) => certificateOf(req)?.issuer ?? '',
  CERT_SERIALNUMBER: ({ req }) => certificateOf(req)?.serialNumber ?? '',
  CERT_SUBJECT: ({ req }) => certificateOf(req)?.subject ?? '',
  CONTENT_LENGTH: ({ req }) => headerOf(req, 'content-length') ?? '0',
  CONTENT_TYPE: ({ req }) => headerOf(req, 'content-type') ?? '',
  GATEWAY_INTERFACE: () => 'CGI/1.1',
  HTTP_METHOD: ({ req }) => req.method,
  HTTP_URL: ({ req }) => req.url,
  HTTP_VERSION: ({ req }) => `HTTP/${req.httpVersion}`,
  HTTPS: ({ req }) => (isEncrypted(req) ? 'on' : 'off'),
  INSTANCE_ID: ({ run }) => run.application.facts.site ?? '',
  LOCAL_ADDR: ({ req }) => req.socket.localAddress ?? '',
  LOGON_USER: (source) => source.getUser()?.getUserName() ?? '',
  PATH_INFO: ({ req }) => pathOf(req.url ?? '/'),
  PATH_TRANSLATED: (source) => source.getPhysicalPath(),
  QUERY_STRING: ({ req }) => queryOf(req.url ?? '/'),
  REMOTE_ADDR: ({ req }) => req.socket.remoteAddress ?? '',
  REMOTE_HOST: ({ req }) => req.socket.remoteAddress ?? '',
  REMOTE_PORT: ({ req }) => String(req.socket.remotePort ?? 0),
  REMOTE_USER: (source) => source.getUser()?.getUserName() ?? '',
  REQUEST_METHOD: ({ req }) => req.method,
  SCRIPT_NAME: (source) => source.getScriptName(),
  SCRIPT_TRANSLATED: (source) => source.getScriptTranslated(),
  SERVER_NAME: ({ req }) => hostOf(req),
  SERVER_PORT: ({ req }) => String(req.socket.localPort ?? 0),
  SERVER_PORT_SECURE: ({ req }) => (isEncrypted(req) ? '1' : '0'),
  SERVER_PROTOCOL: ({ req }) => `HTTP/${req.httpVersion}`,
  SERVER_SOFTWARE: () => 'Baton',
  UNENCODED_URL: ({ req }) => req.url,
  UNMAPPED_REMOTE_USER: (source) => source.getUser()?.getRemoteUserName() ?? '',
  URL: (source) => source.getScriptName(),
};

/**
 * A server variable by name, in any case (IHttpContext::GetServerVariable); undefined = no such name, or a header that is not there.
 *
 * - `HTTP_ACCEPT_LANGUAGE`: that header, with _ for -. `HEADER_x_y`: the header of exactly this name. `UNICODE_` in front changes nothing: strings are.
 */
export function readServerVariable(source: VariableSource, name: string): string | undefined {
  const key = variableKey(name);
  if (Object.hasOwn(SERVER_VARIABLES, key)) return SERVER_VARIABLES[key]!(source);
  if (key.startsWith('HTTP_')) return headerOf(source.req, key.slice('HTTP_'.length).toLowerCase().replaceAll('_', '-'));
  if (key.startsWith('HEADER_')) return headerOf(source.req, key.slice('HEADER_'.length).toLowerCase());
  return undefined;
}

/** Names are the same in any case, and with UNICODE_ in front. */
export function variableKey(name: string): string {
  const key = name.toUpperCase();
  return key.startsWith('UNICODE_') ? key.slice('UNICODE_'.length) : key;
}

/** A request's header by its name in lower case; repeated ones joined. */
export function headerOf(req: IncomingMessage, name: string): string | undefined {
  // A header may have any name, and one that is not there may be called like a member of every object.
  const value = Object.hasOwn(req.headers, name) ? req.headers[name] : undefined;
  return Array.isArray(value) ? value.join(', ') : value;
}

const httpName = (name: string): string => `HTTP_${name.toUpperCase().replaceAll('-', '_')}`;

const schemeOf = (req: IncomingMessage): string => (isEncrypted(req) ? 'https' : 'http');

/** Host the client asked for, without the port; the local address where it did not say. */
function hostOf(req: IncomingMessage): string {
  const host = req.headers.host;
  if (!host) return req.socket.localAddress ?? '';
  return host.replace(/:\d*$/, '');
}

function fieldsOf(req: IncomingMessage, render: (name: string, value: string) => string): string {
  let text = '';
  for (const name of Object.keys(req.headers)) text += render(name, headerOf(req, name) ?? '');
  return text;
}

function rawFieldsOf({ rawHeaders }: IncomingMessage): string {
  let text = '';
  for (let index = 0; index < rawHeaders.length; index += 2) text += `${rawHeaders[index]}: ${rawHeaders[index + 1]}\r\n`;
  return text;
}
