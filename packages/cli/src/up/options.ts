/** `baton up` as typed; see `addUpCommand` for the meaning of each. */
export interface UpOptions {
  readonly app?: string;
  readonly config?: string;
  readonly port?: number;
  readonly adminPort?: number;
  readonly hosts: number;
  readonly adapters: number;
  readonly was: number;
  readonly spares: number;
  readonly redis?: string;
  readonly appRoot?: string;
  readonly accessLog?: string;
  /** Absolute. */
  readonly dataDir: string;
  readonly json: boolean;
}
