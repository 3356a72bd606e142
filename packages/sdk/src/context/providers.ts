import type { DataChunk } from './data-chunk.ts';
import type { HttpUser } from './http-user.ts';

/** Second argument of `onAuthenticateRequest` (IAuthenticationProvider). */
export interface AuthenticationProvider {
  /** IAuthenticationProvider::SetUser. */
  setUser(user: HttpUser): void;
}

/** Second argument of `onMapRequestHandler` (IMapHandlerProvider). */
export interface MapHandlerProvider {
  /** IMapHandlerProvider::SetScriptName: the part of the URL's path that names the handler. */
  setScriptName(scriptName: string): void;
  /** IMapHandlerProvider::SetFileInfo: the file the request is for; `getPhysicalPath` gives it from then on. */
  setPhysicalPath(path: string): void;
}

/** Second argument of `onMapPath` (IMapPathProvider). */
export interface MapPathProvider {
  /** IMapPathProvider::GetUrl. */
  getUrl(): string;
  /** IMapPathProvider::GetPhysicalPath: what the handlers before have made of it. */
  getPhysicalPath(): string;
  /** IMapPathProvider::SetPhysicalPath. Not checked against the app's folder: a module may map beyond it. */
  setPhysicalPath(path: string): void;
}

/** Second argument of `onSendResponse` and `onSendResponseStatusAndHeaders` (ISendResponseProvider). */
export interface SendResponseProvider {
  /** ISendResponseProvider::GetHeadersBeingSent: whether status and headers go out with this flush; later they cannot be changed. */
  getHeadersBeingSent(): boolean;
  /** Whether the response ends with this flush (the original's flag MORE_DATA, turned round). */
  getIsLastFlush(): boolean;
  /** The pieces about to go out, in order. What modules write meanwhile is put behind them, or by `writeEntityChunkByReference` among them. */
  getEntityChunks(): readonly DataChunk[];
}

/** Second argument of `onReadEntity` (IReadEntityProvider). */
export interface ReadEntityProvider {
  /** IReadEntityProvider::GetEntity: bytes that have come. */
  getEntity(): Uint8Array;
  /** IReadEntityProvider::SetEntity: bytes the reader gets in their place. */
  setEntity(entity: Uint8Array): void;
}

/** Second argument of `onCustomRequestNotification` (ICustomNotificationProvider). */
export interface CustomNotificationProvider {
  /** ICustomNotificationProvider::QueryNotificationType. */
  queryNotificationType(): string;
}
