import type { SecureContext, Server } from 'node:tls';
import { BatonError } from '@baton/core';
import type { AdapterLog } from '../adapter-options.ts';
import { type Certificate, type CertificateFiles, MIN_VERSION, readCertificate } from './certificate.ts';
import { FileWatch } from './file-watch.ts';

interface Entry {
  readonly files: CertificateFiles;
  /** Undefined: it could not be read yet. */
  certificate: Certificate | undefined;
  /** What was last said about it, so that it is said once. */
  fault: string;
}

/**
 * The certificates of an adapter, by the name that a client asks for (RFC 6066, server_name): the exact one, a wildcard for one label, "*".
 *
 * - Files are read again when they change; one that cannot be used is logged, and what was read before goes on serving.
 * - Connections that are open keep the certificate they began with.
 */
export class TlsContexts {
  private entries: readonly Entry[] = [];
  private byHost = new Map<string, Certificate>();
  private readonly servers = new Set<Server>();
  private readonly watch = new FileWatch(() => void this.read());
  private reading: Promise<void> = Promise.resolve();
  private readonly log: AdapterLog | undefined;

  constructor({ log }: { readonly log: AdapterLog | undefined }) {
    this.log = log;
  }

  /** These and no others; resolves when every file was read. A certificate that cannot be used is logged. */
  set(certificates: readonly CertificateFiles[]): Promise<void> {
    const known = new Map(this.entries.map((entry) => [keyOf(entry.files), entry]));
    this.entries = certificates.map((files) => known.get(keyOf(files)) ?? { files, certificate: undefined, fault: '' });
    this.watch.follow(certificates.flatMap(({ certPath, keyPath }) => [certPath, keyPath]));
    return this.read();
  }

  /** Every file was read that had to be. */
  get settled(): Promise<void> {
    return this.reading;
  }

  /** Undefined: no certificate is for that name. Without a name: the one for "*", else the first. */
  find(serverName: string | undefined): SecureContext | undefined {
    if (!serverName) return this.fallback()?.context;
    const name = serverName.toLowerCase();
    const dot = name.indexOf('.');
    const found = this.byHost.get(name) ?? (dot > 0 ? this.byHost.get(`*${name.slice(dot)}`) : undefined) ?? this.byHost.get('*');
    return found?.context;
  }

  /** Gives a server what it shows to clients that name no host, now and after each change, until the returned call. */
  follow(server: Server): () => void {
    this.servers.add(server);
    this.tell(server);
    return () => void this.servers.delete(server);
  }

  close(): void {
    this.watch.close();
    this.servers.clear();
  }

  private fallback(): Certificate | undefined {
    return this.byHost.get('*') ?? this.byHost.values().next().value;
  }

  private tell(server: Server): void {
    const certificate = this.fallback();
    if (certificate) server.setSecureContext({ cert: certificate.cert, key: certificate.key, minVersion: MIN_VERSION });
  }

  /** One reading after the other, each of the entries that there are then. */
  private read(): Promise<void> {
    this.reading = this.reading.then(async () => {
      await Promise.all(this.entries.map((entry) => this.readOne(entry)));
      const before = this.fallback();
      this.byHost = new Map();
      for (const { files, certificate } of this.entries) {
        const host = files.host.toLowerCase();
        if (certificate && !this.byHost.has(host)) this.byHost.set(host, certificate);
      }
      if (this.fallback() !== before) for (const server of this.servers) this.tell(server);
    });
    return this.reading;
  }

  private async readOne(entry: Entry): Promise<void> {
    const { host } = entry.files;
    try {
      const before = entry.certificate;
      entry.certificate = await readCertificate(entry.files, before);
      entry.fault = '';
      if (entry.certificate === before) return;
      const { expiresAt } = entry.certificate;
      const facts = { host, expiresAt: expiresAt.toISOString() };
      if (expiresAt.getTime() < Date.now()) this.log?.warn(facts, 'the certificate has expired');
      else this.log?.info(facts, before ? 'the certificate was read again' : 'the certificate was read');
    } catch (error) {
      const { code, message } = BatonError.from(error);
      if (entry.fault === message) return;
      entry.fault = message;
      this.log?.warn({ host, code, keepsOld: entry.certificate !== undefined }, message);
    }
  }
}

const keyOf = ({ host, certPath, keyPath }: CertificateFiles): string => `${host}\0${certPath}\0${keyPath}`;
