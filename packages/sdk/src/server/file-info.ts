/** Facts of a file, as they were at its last look (IHttpFileInfo). */
export interface FileInfo {
  /** Absolute. */
  readonly filePath: string;
  /** Bytes. */
  readonly size: number;
  readonly lastModified: Date;
  /** Strong, quoted: `"1a2b-18c3…"`. Changes whenever size or time of change do. */
  readonly etag: string;
  /** By the name's extension, with a charset for text; "application/octet-stream" when it is not known. */
  readonly mimeType: string;
  readonly isDirectory: boolean;
}
