import { createHash, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext, type SecureContext } from 'node:tls';
import { BatonError } from '@baton/core';

/** A certificate as WAS names it: files on the adapter's machine, PEM. */
export interface CertificateFiles {
  /** Exact name, "*.example.com", or "*". */
  readonly host: string;
  readonly certPath: string;
  readonly keyPath: string;
}

/** A certificate with its key, read and found to fit together. */
export interface Certificate {
  readonly context: SecureContext;
  readonly cert: Buffer;
  readonly key: Buffer;
  /** Of both files: the same as long as neither changed. */
  readonly digest: string;
  readonly expiresAt: Date;
}

/** The oldest version of TLS that is spoken. */
export const MIN_VERSION = 'TLSv1.2';

/** Reads both files. Returns `known` when nothing has changed; throws CONFIG_UNREADABLE or CONFIG_INVALID. */
export async function readCertificate({ certPath, keyPath }: CertificateFiles, known?: Certificate): Promise<Certificate> {
  const [cert, key] = await Promise.all([read(certPath), read(keyPath)]);
  const digest = createHash('sha256').update(cert).update('\0').update(key).digest('hex');
  if (known?.digest === digest) return known;
  try {
    const context = createSecureContext({ cert, key, minVersion: MIN_VERSION });
    return { context, cert, key, digest, expiresAt: new Date(new X509Certificate(cert).validTo) };
  } catch (error) {
    throw BatonError.from(error, 'CONFIG_INVALID', `expected a PEM certificate and its private key in ${certPath} and ${keyPath}`);
  }
}

async function read(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    throw BatonError.from(error, 'CONFIG_UNREADABLE', `the file ${path} cannot be read`);
  }
}
