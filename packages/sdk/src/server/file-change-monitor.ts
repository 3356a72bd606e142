/** Watches a file or a folder until it is closed (IHttpFileMonitor). */
export interface FileChangeMonitor {
  /** Absolute. */
  readonly path: string;
  /** IHttpFileMonitor::DereferenceFileMonitor. */
  close(): void;
  [Symbol.dispose](): void;
}
