import type { ModuleContextContainer } from '../server/module-context-container.ts';

/** The client's connection (IHttpConnection). In a worker of Baton a connection carries one request. */
export interface HttpConnection {
  /** IHttpConnection::IsConnected. */
  isConnected(): boolean;
  /**
   * IHttpConnection::GetModuleContextContainer.
   *
   * - A stored object with a method `notifyDisconnect` has it called, once, when the connection is gone (IHttpConnectionStoredContext::NotifyDisconnect).
   */
  getModuleContextContainer(): ModuleContextContainer;

  /** Left out: throws ERROR_NOT_SUPPORTED. */
  allocateMemory(): never;
}
