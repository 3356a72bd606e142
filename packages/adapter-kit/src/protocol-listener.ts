import type { Application } from './forward/application.ts';
import type { ListenerAdapter } from './listener-adapter.ts';

/** A certificate for a host: an exact name, "*.example.com", or "*"; files on the adapter's machine. */
export interface TlsCertificate {
  readonly host: string;
  readonly certPath: string;
  readonly keyPath: string;
}

/** What all listeners of an adapter go by. */
export interface ListenerSettings {
  /** serve: running pools are served on while WAS is away. stopListening: as IIS does, everything is closed and forgotten until it is back. */
  readonly onWasLost: 'serve' | 'stopListening';
  readonly tls: readonly TlsCertificate[];
}

/**
 * What one protocol does for its adapter: the public side. Called in the order of the callbacks of WAS.
 *
 * - An Application stays the same object for as long as it is there, and shows what is so now: a listener may keep it.
 * - Nothing is called from inside a call; only `listen` and `drain` may wait. After every change comes `listen`, as soon as traffic is allowed.
 */
export interface ProtocolListener {
  /** Called once, before everything else: `adapter.submit` takes its work. */
  attached?(adapter: ListenerAdapter): void;
  /** An application has come. Throws CONFIG_INVALID for a binding that cannot be read: it is then not served. */
  applicationCreated(app: Application): void;
  applicationDeleted(appKey: string): void;
  /** Its bindings are others. What came in by one that is still there must not notice. Throws as `applicationCreated`. @default `applicationCreated` */
  bindingsChanged?(app: Application): void;
  /** Limits and other settings have changed. @default `applicationCreated` */
  settingsChanged?(app: Application): void;
  /** Its work goes to another pool from now on. @default nothing: what is submitted goes there */
  poolChanged?(app: Application): void;
  /** Whether it is blocked has changed. @default nothing: what is submitted is refused, and what waited was */
  requestsBlocked?(app: Application): void;
  /** @default nothing */
  listenerSettings?(settings: ListenerSettings): void;
  /** Makes the sockets what the applications say: behind InitializationCompleted, and after each change. May fail after having done what can be done. */
  listen(): Promise<void>;
  /** Looks at deadlines; called ten times a second. `now`: performance.now(). */
  sweep?(now: number): void;
  /** Takes nothing new, and resolves when nothing is in flight. */
  drain(signal?: AbortSignal): Promise<void>;
  /** Ends everything at once. */
  close(): void | Promise<void>;
}
