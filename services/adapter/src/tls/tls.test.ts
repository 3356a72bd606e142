import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdtemp, rename, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { connect as connectPlain } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { until } from '@baton/core';
import { makeCertificate } from '@baton/core/testing';
import { startAdapter } from '../testing/harness.ts';
import type { CertificateFiles } from './certificate.ts';
import { TlsContexts } from './contexts.ts';

/** A directory with certificates, and what an adapter says about them. */
class Place implements AsyncDisposable {
  readonly said: { readonly facts: Record<string, unknown>; readonly message: string }[] = [];
  readonly log = {
    info: (facts: object, message: string): void => void this.said.push({ facts: { ...facts }, message }),
    warn: (facts: object, message: string): void => void this.said.push({ facts: { ...facts, isWarning: true }, message }),
  };
  readonly directory: string;
  private constructor(directory: string) {
    this.directory = directory;
  }

  static async make(): Promise<Place> {
    return new Place(await mkdtemp(join(tmpdir(), 'baton-tls-')));
  }

  files(host: string, name = host.replace('*', 'any')): CertificateFiles {
    return { host, certPath: join(this.directory, `${name}.crt`), keyPath: join(this.directory, `${name}.key`) };
  }

  /** Writes a fresh certificate for `host`; returns its serial number. */
  async write(files: CertificateFiles, names: readonly string[] = [files.host], days?: number): Promise<string> {
    const { cert, key } = makeCertificate(names, days);
    await writeFile(files.keyPath, key);
    await writeFile(files.certPath, cert);
    return new X509Certificate(cert).serialNumber;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.directory, { recursive: true });
  }
}

/** Shakes hands with a port; returns the serial number of the certificate it showed. */
function serialOf(port: number, options: ConnectionOptions = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket: TLSSocket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options }, () => {
      resolve(socket.getPeerX509Certificate()!.serialNumber);
      socket.destroy();
    });
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('closed')));
  });
}

const SECURE = { application: { bindings: ['https://*:0/'] } } as const;

describe('a port that speaks TLS', () => {
  it('shows the certificate of the name that is asked for: the exact one, a wildcard, any', async () => {
    await using place = await Place.make();
    const exact = place.files('shop.example');
    const wild = place.files('*.shop.example', 'wild');
    const any = place.files('*', 'all');
    const [first, second, third] = [await place.write(exact), await place.write(wild), await place.write(any, ['other.example'])];
    await using harness = await startAdapter(SECURE);
    await harness.adapter.tls.set([wild, exact, any]);
    assert.equal(await serialOf(harness.port, { servername: 'SHOP.example' }), first);
    assert.equal(await serialOf(harness.port, { servername: 'a.shop.example' }), second);
    assert.equal(await serialOf(harness.port, { servername: 'a.b.shop.example' }), third);
    assert.equal(await serialOf(harness.port, { servername: 'elsewhere.example' }), third);
    assert.equal(await serialOf(harness.port), third);
  });

  it('refuses a name for which there is no certificate, and a client that speaks nothing it speaks', async () => {
    await using place = await Place.make();
    const exact = place.files('shop.example');
    const serial = await place.write(exact);
    await using harness = await startAdapter(SECURE);
    await harness.adapter.tls.set([exact]);
    await assert.rejects(serialOf(harness.port, { servername: 'other.example' }));
    await assert.rejects(serialOf(harness.port, { servername: 'shop.example', ALPNProtocols: ['gopher'] }), /no application protocol/i);
    await assert.rejects(serialOf(harness.port, { servername: 'shop.example', maxVersion: 'TLSv1.1', minVersion: 'TLSv1.1' }));
    assert.equal(await serialOf(harness.port), serial);
    const [listener] = harness.adapter.listeners.all();
    await until(() => listener!.faults.get(400) === 3, 5_000, 'three refusals to be counted', 5);
    assert.equal(harness.adapter.listeners.connectionCount, 0);
  });

  it('reads a certificate again when its files change, without touching open connections', async () => {
    await using place = await Place.make();
    const files = place.files('shop.example');
    const first = await place.write(files);
    await using harness = await startAdapter({ ...SECURE, adapter: { log: place.log } });
    await harness.adapter.tls.set([files]);
    const open = connect({ port: harness.port, host: '127.0.0.1', rejectUnauthorized: false, servername: 'shop.example' });
    await new Promise((resolve) => open.once('secureConnect', resolve));
    const second = await place.write(files);
    await until(async () => (await serialOf(harness.port, { servername: 'shop.example' })) === second, 20_000, 'the new certificate', 50);
    assert.notEqual(first, second);
    assert.equal(await serialOf(harness.port), second);
    open.write('GET / HTTP/1.1\r\nHost: shop.example\r\n\r\n');
    (await harness.worker.request()).answer('still here');
    const text = await new Promise<string>((resolve) => open.once('data', (chunk) => resolve(String(chunk))));
    assert.match(text, /still here/);
    open.destroy();
  });

  it('goes on with the old certificate when the new one cannot be used, says so once, and takes the next good one', async () => {
    await using place = await Place.make();
    const files = place.files('shop.example');
    const first = await place.write(files);
    const contexts = new TlsContexts({ log: place.log });
    await contexts.set([files]);
    const before = contexts.find('shop.example');
    await writeFile(files.certPath, 'nonsense');
    await until(() => place.said.some(({ facts }) => facts.isWarning === true), 20_000, 'a warning', 20);
    await contexts.set([files]);
    assert.equal(contexts.find('shop.example'), before);
    const warnings = place.said.filter(({ facts }) => facts.isWarning === true);
    assert.equal(warnings.length, 1, JSON.stringify(warnings));
    assert.match(warnings[0]!.message, /expected a PEM certificate and its private key/);
    assert.deepEqual([warnings[0]!.facts.host, warnings[0]!.facts.keepsOld], ['shop.example', true]);
    assert.notEqual(await place.write(files), first);
    await until(() => contexts.find('shop.example') !== before, 20_000, 'the next certificate', 20);
    contexts.close();
  });

  it('follows links that a renewal turns to other files, and warns of a certificate that has expired', async () => {
    await using place = await Place.make();
    const old = place.files('shop.example', 'old');
    const fresh = place.files('shop.example', 'fresh');
    await place.write(old, ['shop.example'], -3);
    await place.write(fresh);
    const link = place.files('shop.example', 'live');
    await symlink(old.certPath, link.certPath);
    await symlink(old.keyPath, link.keyPath);
    const contexts = new TlsContexts({ log: place.log });
    await contexts.set([link]);
    assert.match(place.said[0]!.message, /has expired/);
    const before = contexts.find('shop.example');
    for (const [to, from] of [
      [fresh.keyPath, link.keyPath],
      [fresh.certPath, link.certPath],
    ] as const) {
      await symlink(to, `${from}.new`);
      await rename(`${from}.new`, from);
    }
    await until(() => contexts.find('shop.example') !== before, 20_000, 'the other certificate', 20);
    await unlink(link.certPath);
    await contexts.set([link]);
    assert.ok(contexts.find('shop.example'), 'the last good one serves on');
    assert.match(place.said.at(-1)!.message, /cannot be read/);
    contexts.close();
  });

  it('cuts a client that does not shake hands in time', async () => {
    await using place = await Place.make();
    const files = place.files('*');
    await place.write(files, ['shop.example']);
    await using harness = await startAdapter({ ...SECURE, limits: { headersTimeoutMs: 1_000, maxConnections: 2 } });
    await harness.adapter.tls.set([files]);
    const silent = connectPlain(harness.port, '127.0.0.1');
    await new Promise((resolve) => silent.once('close', resolve));
    const [listener] = harness.adapter.listeners.all();
    await until(() => listener!.faults.get(400) === 1, 5_000, 'the refusal to be counted', 5);
    assert.match(await serialOf(harness.port), /./);
  });
});
