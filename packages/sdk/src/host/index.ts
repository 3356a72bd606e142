/** What the worker process needs to be a host of the programming model; apps import `@baton/sdk`. */
export { BATON_HOST, type BatonHost } from '../baton-host.ts';
export type { ApplicationFacts } from '../context/http-application.ts';
export { HostError } from '../errors/host-error.ts';
export type { BodySink, BodySource } from '../isapi/body-source.ts';
export { ExtensionHost, type ExtensionStats } from '../isapi/extension-host.ts';
export type { ChildOptions, ChildTarget, ExtensionServices, RequestContext } from '../isapi/extension-services.ts';
export { Pipeline, type PipelineParts, type RunOptions } from '../pipeline/pipeline.ts';
export type { Execute, RequestRun } from '../pipeline/request-run.ts';
export { HostedServer } from '../server/hosted-server.ts';
export type { HttpServer } from '../server/http-server.ts';
export type { OperationSpan, ServerHost, TraceContext, WriteLog } from '../server/server-host.ts';
export type { WorkerProcessSettings } from '../server/worker-process-settings.ts';
export type { ThreadPoolLimits } from '../thread-pool/thread-limits.ts';
export { type RoutineErrorListener, ThreadPool, type ThreadPoolStats } from '../thread-pool/thread-pool.ts';
export { continueWhenRead } from './continue-when-read.ts';
export { extensionServices } from './extension-services.ts';
export { makeThreadPool } from './make-thread-pool.ts';
