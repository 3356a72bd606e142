import type { IncomingMessage, ServerResponse } from 'node:http';
import { RQ_CUSTOM_NOTIFICATION, RQ_READ_ENTITY } from '../constants/request-notifications.ts';
import { harmless } from '../errors/harmless.ts';
import { HostError } from '../errors/host-error.ts';
import type { FileInfo } from '../server/file-info.ts';
import { ModuleContextContainer } from '../server/module-context-container.ts';
import type { TraceContext } from '../server/server-host.ts';
import { ChildRequests } from './child/child-requests.ts';
import { setContextOf } from './context-of.ts';
import type { ContextRun } from './context-run.ts';
import { ANONYMOUS } from './create-user.ts';
import { EntityGate } from './entity-gate.ts';
import { HostedConnection } from './hosted-connection.ts';
import { HostedRequest } from './hosted-request.ts';
import { HostedResponse } from './hosted-response.ts';
import type { HttpApplication } from './http-application.ts';
import type { HttpConnection } from './http-connection.ts';
import type { CompletionEntry, ExecutionStats, HttpContext, UrlInfo } from './http-context.ts';
import type { HttpUser } from './http-user.ts';
import { refuseMember } from './left-out.ts';
import { mapUrl, toPhysicalPath } from './map-path.ts';
import type { AuthenticationProvider, CustomNotificationProvider, MapHandlerProvider } from './providers.ts';
import { raiseAtOnce } from './raise-at-once.ts';
import { readServerVariable, variableKey } from './server-variables.ts';
import { pathOf, queryOf } from './url.ts';

/**
 * The context of one request, and the providers of its notifications that have nothing but setters.
 *
 * - Request, response, connection and containers are made when they are asked for: 10,000 requests that wait hold little more than this object.
 */
export class HostedContext implements HttpContext, AuthenticationProvider, MapHandlerProvider {
  readonly run: ContextRun;
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly parent: HostedContext | undefined;
  /** `setRequestHandled` was called: the app is not asked. */
  isHandled = false;
  /** Called when the request has ended: a parent waits for it. */
  whenClosed: (() => void) | undefined = undefined;
  #request: HostedRequest | undefined = undefined;
  #response: HostedResponse | undefined = undefined;
  #connection: HostedConnection | undefined = undefined;
  #container: ModuleContextContainer | undefined = undefined;
  #named: ModuleContextContainer | undefined = undefined;
  #user: HttpUser | null = null;
  #originalUser: HttpUser | null = null;
  #variables: Map<string, string | undefined> | undefined = undefined;
  #scriptName: string | undefined = undefined;
  #physicalPath: string | undefined = undefined;
  #children: ChildRequests | undefined = undefined;

  constructor(run: ContextRun, req: IncomingMessage, res: ServerResponse, parent?: HostedContext) {
    this.run = run;
    this.req = req;
    this.res = res;
    this.parent = parent;
    setContextOf(req, this);
    if (run.isSubscribed(RQ_READ_ENTITY)) EntityGate.install(req, run);
  }

  /** Levels above: 0 = no child. */
  get depth(): number {
    return this.parent ? this.parent.depth + 1 : 0;
  }
  get request(): HostedRequest {
    this.#request ??= new HostedRequest(this);
    return this.#request;
  }
  get response(): HostedResponse {
    this.#response ??= new HostedResponse(this);
    return this.#response;
  }
  get children(): ChildRequests {
    this.#children ??= new ChildRequests(this);
    return this.#children;
  }

  getSite(): string {
    return this.run.application.facts.site ?? '';
  }
  getApplication(): HttpApplication {
    return this.run.application;
  }
  getConnection(): HttpConnection {
    this.#connection ??= new HostedConnection(this.req.socket, this.run.application.log);
    return this.#connection;
  }
  getRequest(): HostedRequest {
    return this.request;
  }
  getResponse(): HostedResponse {
    return this.response;
  }
  getResponseHeadersSent(): boolean {
    return this.#response ? this.#response.getHeadersSent() : this.res.headersSent;
  }
  getModuleContextContainer(): ModuleContextContainer {
    this.#container ??= new ModuleContextContainer(this.run.application.log);
    return this.#container;
  }
  getNamedContextContainer(): ModuleContextContainer {
    this.#named ??= new ModuleContextContainer(this.run.application.log);
    return this.#named;
  }

  // ---- the user -------------------------------------------------------------------------------------------------

  getUser(): HttpUser | null {
    return this.#user;
  }
  getOriginalUser(): HttpUser | null {
    return this.#originalUser;
  }
  setUser(user: HttpUser): void {
    if (typeof (user as Partial<HttpUser> | null)?.getUserName !== 'function')
      throw new HostError(
        'ERROR_INVALID_PARAMETER',
        'setUser needs a user: an object with getUserName() and the other methods of HttpUser. createUser({ userName }) makes one.',
      );
    this.#user = user;
    this.#originalUser ??= user;
  }
  /** RQ_AUTHENTICATE_REQUEST is over: who was not named is anonymous. */
  endAuthentication(): void {
    this.#user ??= ANONYMOUS;
    this.#originalUser ??= this.#user;
  }

  // ---- completion and the pipeline ------------------------------------------------------------------------------

  indicateCompletion(status: number): void {
    this.run.indicateCompletion(status);
  }
  postCompletion(bytes?: number, error?: number, routine?: CompletionEntry): void {
    this.run.postCompletion(bytes, error, routine);
  }
  disableNotifications(mask: number, postMask: number): void {
    this.run.disableNotifications(mask, postMask);
  }
  getIsLastNotification(status: number): boolean {
    return this.run.getIsLastNotification(status);
  }
  setRequestHandled(): void {
    this.isHandled = true;
  }
  notifyCustomNotification(type: string): number {
    const provider: CustomNotificationProvider = { queryNotificationType: () => type };
    return raiseAtOnce(this.run, RQ_CUSTOM_NOTIFICATION, provider, `the custom notification ${JSON.stringify(type)}`);
  }

  // ---- names ----------------------------------------------------------------------------------------------------

  getServerVariable(name: string): string | undefined {
    const set = this.#variables;
    if (set) {
      const key = variableKey(name);
      if (set.has(key)) return set.get(key);
    }
    return readServerVariable(this, name);
  }
  setServerVariable(name: string, value: string | undefined): void {
    this.#variables ??= new Map();
    this.#variables.set(variableKey(name), value);
  }
  getServerVarChanges(): readonly string[] {
    return this.#variables ? [...this.#variables.keys()] : [];
  }
  inheritServerVariable(name: string): void {
    this.setServerVariable(name, this.parent?.getServerVariable(name));
  }
  getUrlInfo(): UrlInfo {
    const url = this.req.url ?? '/';
    return { path: pathOf(url), queryString: queryOf(url) };
  }
  getScriptName(): string {
    return this.#scriptName ?? pathOf(this.req.url ?? '/');
  }
  setScriptName(scriptName: string): void {
    this.#scriptName = scriptName;
  }
  getScriptTranslated(): string {
    return this.mapPath(this.getScriptName());
  }
  getPhysicalPath(): string {
    return this.#physicalPath ?? this.mapPath(this.req.url ?? '/');
  }
  setPhysicalPath(path: string): void {
    this.#physicalPath = path;
  }
  mapPath(url: string): string {
    return mapUrl(this.run, url);
  }
  mapHandler(url: string): void {
    this.#scriptName = pathOf(url);
    this.#physicalPath = toPhysicalPath(this.run.application, url);
  }
  getFileInfo(): Promise<FileInfo> {
    return this.run.application.server.getFileInfo(this.getPhysicalPath());
  }
  /** The target was changed: what was made of the old one holds no more. */
  forgetMapping(): void {
    this.#scriptName = undefined;
    this.#physicalPath = undefined;
  }

  // ---- child requests -------------------------------------------------------------------------------------------

  cloneContext(flags: number): HttpContext {
    return this.children.clone(flags);
  }
  executeRequest(child: HttpContext, flags = 0, user?: HttpUser): Promise<number> {
    return harmless(this.children.execute(child, flags, user));
  }
  releaseClonedContext(child: HttpContext): void {
    this.children.release(child);
  }
  getExecuteFlags(): number {
    return this.parent ? this.parent.children.flagsOf(this) : 0;
  }
  getParentContext(): HttpContext | undefined {
    return this.parent;
  }
  getRootContext(): HttpContext {
    let context: HostedContext = this;
    while (context.parent) context = context.parent;
    return context;
  }

  // ---- where it is ----------------------------------------------------------------------------------------------

  getCurrentExecutionStats(): ExecutionStats {
    return this.run.executionStats;
  }
  getRequestStartTime(): number {
    return this.run.startedAtMs;
  }
  getRequestElapsedTime(): number {
    return Date.now() - this.run.startedAtMs;
  }
  getTraceContext(): TraceContext | undefined {
    return this.run.trace;
  }
  cancelIo(): void {
    const isReading = this.#request?.cancelRead() ?? false;
    const isFlushing = this.#response?.cancelFlush() ?? false;
    if (!isReading && !isFlushing)
      throw new HostError('ERROR_INVALID_HANDLE', 'cancelIo ends a read or a flush that is under way, and there is none.');
  }

  /** The request has ended: children and what modules keep with it are let go. An error of a module's cleanup is logged. */
  close(): void {
    this.#children?.releaseAll();
    this.#response?.dropPieces();
    this.#container?.end();
    this.#named?.end();
    this.whenClosed?.();
  }

  allocateRequestMemory(): never {
    return refuseMember('HttpContext', 'allocateRequestMemory');
  }
  getMetadata(): never {
    return refuseMember('HttpContext', 'getMetadata');
  }
  getScriptMap(): never {
    return refuseMember('HttpContext', 'getScriptMap');
  }
  getNextNotification(): never {
    return refuseMember('HttpContext', 'getNextNotification');
  }
  enableFullDuplex(): never {
    return refuseMember('HttpContext', 'enableFullDuplex');
  }
}
