/**
 * Every code an operator, a client or an app can meet. docs/errors.md is printed from this table.
 *
 * - `status`: HTTP status where the adapter or the admin API answers with it.
 * - `grpc`: gRPC status name where a call fails with it; `hresult`: the name the listener adapter API gives it.
 * - `hint`: what to do next, one sentence.
 */
export interface CodeEntry {
  readonly status: number;
  readonly what: string;
  readonly hint: string;
  readonly grpc?: string;
  readonly hresult?: string;
}

const code = (status: number, what: string, hint: string, more: { grpc?: string; hresult?: string } = {}): CodeEntry => ({
  status,
  what,
  hint,
  ...more,
});

export const CODES = {
  // request path
  NO_ROUTE: code(
    404,
    'No application has a binding for this host, port and path.',
    'Check the bindings of baton.yaml with "baton app list"',
  ),
  QUEUE_FULL: code(
    503,
    "The pool's request queue is full (queueLength).",
    'Try again later; raise queueLength or maxProcesses if this is common',
  ),
  QUEUE_TIMEOUT: code(503, 'No worker took the request within queueTimeout.', 'See "baton event list" for why no worker became ready'),
  NOT_TAKEN: code(
    503,
    'Workers handed the request back again and again, and began it nowhere.',
    'See why the app refuses it: a server of HTTP/2 does so with REFUSED_STREAM',
  ),
  POOL_STOPPED: code(503, 'The pool is stopped.', 'Start it with "baton pool start"'),
  REQUESTS_BLOCKED: code(503, 'The application does not accept requests.', 'Check its bindings and protocol'),
  ADAPTER_DRAINING: code(503, 'This adapter is shutting down.', 'Try again; another adapter answers'),
  WORKER_DIED: code(502, 'The worker process died while it had the request.', 'See "baton event list" for the cause'),
  LINK_LOST: code(502, 'The link to the worker was lost and did not resume in time.', 'Check the network between adapter and worker host'),
  WORKER_RESET: code(502, 'The worker gave the request up.', "See the worker's log lines"),
  BAD_RESPONSE: code(502, 'The worker sent a response that is not valid HTTP.', "See the worker's log lines"),
  REQUEST_TIMEOUT: code(504, 'The app did not answer within requestTimeout.', 'Raise limits.requestTimeout or make the app faster'),
  HEADERS_TIMEOUT: code(408, 'The request head did not arrive within headersTimeout.', 'Send the request faster'),
  BODY_TIMEOUT: code(
    408,
    'The request body stopped arriving for idleTimeout.',
    'Send the body without long pauses or raise limits.idleTimeout',
  ),
  HEADERS_TOO_LARGE: code(431, 'The request head is larger than maxHeaderBytes.', 'Send fewer or smaller headers'),
  BODY_TOO_LARGE: code(413, 'The request body is larger than maxBodyBytes.', 'Send a smaller body or raise limits.maxBodyBytes'),
  BAD_REQUEST: code(400, 'The request is not valid HTTP/1.1.', 'Correct the request'),
  NOT_IMPLEMENTED: code(501, 'The method or transfer coding is not served.', 'Use another method; send the body with a length or chunked'),
  IDLE_TIMEOUT: code(
    408,
    'Nothing went over the connection for idleTimeout.',
    'Send something now and then, or raise limits.idleTimeout of the application',
  ),
  PROXY_HEADER_INVALID: code(
    400,
    'The connection did not begin with a header of the PROXY protocol, version 2.',
    'Let the proxy in front send one, or set proxyProtocol to none',
  ),
  HTTP2_PROTOCOL: code(400, 'The connection broke the rules of HTTP/2.', 'Correct the client'),
  HTTP2_ABUSE: code(
    429,
    'The connection did what costs the server far more than its client; it was ended with ENHANCE_YOUR_CALM.',
    'Look at what the client sends; the log line names the limit',
  ),
  TLS_FAILED: code(400, 'The TLS handshake did not succeed.', 'Check the certificate of the host in tls of baton.yaml, and the client'),
  TOO_MANY_CONNECTIONS: code(503, 'maxConnections is reached.', 'Try again later'),
  VERSION_NOT_SUPPORTED: code(505, 'The HTTP version is not supported on this port.', 'Use HTTP/1.1'),
  CLIENT_CLOSED: code(499, 'The client left before the response ended.', 'None; it is logged only'),
  JOB_LOST: code(
    409,
    'A job that ran here is with somebody else, or was removed.',
    'See who else works on the queue; its result was dropped',
  ),
  // channel
  CHANNEL_VERSION: code(500, 'The two ends speak no common version of the channel protocol.', 'Run the same release on both sides', {
    grpc: 'FAILED_PRECONDITION',
  }),
  CHANNEL_IDENTITY: code(500, 'The worker identity was refused.', 'Check clocks and that both belong to one cluster', {
    grpc: 'PERMISSION_DENIED',
  }),
  CHANNEL_PROTOCOL: code(500, 'A frame broke the channel protocol.', 'Report it with the log lines of both ends', { grpc: 'INTERNAL' }),
  CHANNEL_CLOSED: code(500, 'The channel link is closed.', 'None'),
  CHANNEL_RESUME_EXPIRED: code(500, 'The link did not resume within its limit.', 'Check the network between adapter and worker host'),
  // configuration
  CONFIG_INVALID: code(400, 'baton.yaml is not valid.', 'Correct the file; "baton config check" shows every problem', {
    grpc: 'INVALID_ARGUMENT',
  }),
  CONFIG_UNREADABLE: code(400, 'The configuration file cannot be read.', 'Check the path and its permissions'),
  NOT_SUPPORTED_YET: code(400, 'The setting is known and has no effect in this release.', 'Leave it at its default'),
  // starting things
  PORT_TAKEN: code(500, 'A port is in use by another process.', 'Stop that process or choose another port'),
  PORT_DENIED: code(500, 'The port may not be opened by this user.', 'Choose a port above 1023 or run with the permission'),
  REDIS_MISSING: code(
    500,
    'No redis-server or valkey-server was found.',
    'Install it ("apt-get install redis-server"), or name a server with --redis',
  ),
  REDIS_TOO_OLD: code(500, 'Redis is older than 6.2.', 'Install Redis 6.2 or later, or Valkey'),
  REDIS_UNREACHABLE: code(503, 'Redis does not answer.', 'Check --redis and that the server runs', { grpc: 'UNAVAILABLE' }),
  ENTRY_NOT_FOUND: code(
    500,
    "The app's entry file, or the file of a module, does not exist on the host.",
    'Correct "entry" or "modules" in baton.yaml, or --app-root',
  ),
  SECRET_MISSING: code(
    500,
    'A variable named by fromEnv or fromFile does not exist on the worker host.',
    'Provide it on that host, or correct environmentVariables in baton.yaml',
  ),
  APP_DID_NOT_LISTEN: code(
    500,
    'The app did not call listen(), or export a handler, for each of its bindings within startupTimeLimit.',
    'Call listen(), export what the binding asks for, or raise startupTimeLimit',
  ),
  APP_THREW: code(500, 'The app threw while it was loading.', "See the app's own message above"),
  APP_EXITED: code(500, 'The app exited before it was ready.', 'A server must keep running; see its output'),
  PRELOAD_FAILED: code(
    500,
    'The app did not answer a preload request before it was ready, or answered it with 5xx.',
    'See the path in the message; correct the app, or "preload" in baton.yaml',
  ),
  MODULE_FAILED: code(
    500,
    'A module of the app could not be loaded, or its registration threw.',
    'Correct the module that the message names, or "modules" in baton.yaml',
  ),
  EXTENSION_FAILED: code(
    500,
    'The ISAPI extension that the app exports could not be loaded: getExtensionVersion threw or refused.',
    "See the app's own message above",
  ),
  APP_CRASHED: code(500, 'The worker process ended unasked.', "See the app's output"),
  WORKER_UNHEALTHY: code(
    500,
    'The worker did not answer a ping within pingResponseTime, or said that it is not well.',
    'Look for code that blocks the event loop or holds all slots of the thread pool; see the reason that the app gave',
  ),
  SPAWN_FAILED: code(500, 'The worker process could not be created.', 'Check memory and process limits of the host'),
  STARTUP_TIMEOUT: code(500, 'The worker was not ready within startupTimeLimit.', 'Raise startupTimeLimit or make the app start faster'),
  SHUTDOWN_TIMEOUT: code(
    500,
    'The worker had not ended at shutdownTimeLimit and was killed.',
    'Raise shutdownTimeLimit or end work sooner',
  ),
  NO_HOST: code(503, 'No worker host can take the worker.', 'Check "baton host list"', { grpc: 'UNAVAILABLE' }),
  RECYCLE_FAILED: code(
    500,
    'The replacement did not take over; the old worker goes on where it still runs.',
    'See "baton recycle show" and "baton event list" for the cause',
  ),
  DATA_DIR_IN_USE: code(500, 'Another cluster runs in this data directory.', 'Stop it or pass another --data-dir'),
  // control
  STALE_EPOCH: code(409, 'The write or order came from a leader that was replaced.', 'None; the new leader repeats what is wanted', {
    grpc: 'ABORTED',
  }),
  STATE_LOST: code(
    503,
    'Redis no longer holds the state of the cluster.',
    'None; the leader writes it again from what hosts and adapters report',
    {
      grpc: 'UNAVAILABLE',
    },
  ),
  ALREADY_REGISTERED: code(409, 'The protocol is registered already by this adapter.', 'Unregister it first', {
    grpc: 'ALREADY_EXISTS',
    hresult: 'ERROR_ALREADY_EXISTS',
  }),
  NOT_REGISTERED: code(404, 'The protocol is not registered.', 'Call RegisterProtocol first', {
    grpc: 'NOT_FOUND',
    hresult: 'ERROR_NOT_FOUND',
  }),
  NOT_CONNECTED: code(503, 'The adapter has no link to WAS.', 'Wait for ConfigManagerConnected', {
    grpc: 'UNAVAILABLE',
    hresult: 'ERROR_PIPE_NOT_CONNECTED',
  }),
  INVALID_ARGUMENT: code(400, 'An argument is missing or wrong.', 'Correct the call', {
    grpc: 'INVALID_ARGUMENT',
    hresult: 'E_INVALIDARG',
  }),
  OPEN_NOT_PERMITTED: code(409, 'Open came with no or an old permission number.', 'Wait for CanOpenNewListenerChannelInstance', {
    grpc: 'INVALID_ARGUMENT',
    hresult: 'E_INVALIDARG',
  }),
  RECYCLE_REFUSED: code(409, 'The recycle cannot begin.', 'See what holds it with "baton pool recycle --dry-run", then try again', {
    grpc: 'FAILED_PRECONDITION',
  }),
  ROTATION_REFUSED: code(
    409,
    'No key can be made now: too many former ones are still good.',
    'Try again when one has expired; see "baton keys list"',
    {
      grpc: 'FAILED_PRECONDITION',
    },
  ),
  // admin
  UNAUTHORIZED: code(401, 'The bearer token is missing or wrong.', 'Pass the token of cluster.json', { grpc: 'UNAUTHENTICATED' }),
  NOT_FOUND: code(404, 'There is no such thing.', 'List what there is', { grpc: 'NOT_FOUND' }),
  CLUSTER_UNREACHABLE: code(503, 'No cluster answers.', 'Start one with "baton up", or pass --was-url or --data-dir'),
  USAGE: code(400, 'The command line is wrong.', 'See --help'),
  TIMEOUT: code(504, 'Something did not happen in time.', 'Try again'),
  INTERNAL: code(500, 'A fault in Baton.', 'Please report it with the log lines around it', { grpc: 'INTERNAL' }),
} as const satisfies Record<string, CodeEntry>;

export type ErrorCode = keyof typeof CODES;
