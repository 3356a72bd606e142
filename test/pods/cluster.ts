import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AdminClient } from '@baton/admin';
import { freePort } from '@baton/core/testing';
import type { ImageNames } from './images.ts';
import type { Podman } from './podman.ts';
import { root } from './run.ts';

/** The services of deploy/compose.yaml that are ours. */
export const OURS = ['was', 'adapter-1', 'adapter-2', 'worker-1', 'worker-2'];
const READY_LIMIT_MS = 60_000;

/** A cluster in containers, with the load-test app applied. */
export interface Pods {
  readonly urls: readonly string[];
  readonly adminUrl: string;
  readonly token: string;
  readonly prometheusUrl: string;
  readonly client: AdminClient;
  /** The name of a service's container. */
  container(service: string): string;
  /** Sends every service its stop signal and waits for its end. */
  stop(): Promise<void>;
}

/** Starts deploy/compose.yaml on free ports and waits until both adapters and both hosts are attached. */
export async function startPods(project: string, podman: Podman, images: ImageNames): Promise<Pods> {
  const [admin, first, second, prometheus] = await Promise.all([freePort(), freePort(), freePort(), freePort()]);
  const token = randomBytes(16).toString('hex');
  const env = {
    ...images,
    BATON_SECRET: randomBytes(16).toString('hex'),
    BATON_TOKEN: token,
    BATON_APPS: join(root, 'loadtest'),
    BATON_ADMIN_PORT: String(admin),
    BATON_PUBLIC_PORT_1: String(first),
    BATON_PUBLIC_PORT_2: String(second),
    BATON_PROMETHEUS_PORT: String(prometheus),
  };
  const adminUrl = `http://127.0.0.1:${admin}`;
  const client = new AdminClient({ url: adminUrl, token });
  const pods: Pods = {
    urls: [`http://127.0.0.1:${first}`, `http://127.0.0.1:${second}`],
    adminUrl,
    token,
    prometheusUrl: `http://127.0.0.1:${prometheus}`,
    client,
    container: (service) => `${project}_${service}_1`,
    stop: async () => void (await podman.compose(['stop'], env)),
  };
  try {
    await podman.compose(['up', '--detach', '--no-build'], env);
    await until(async () => {
      const [hosts, { adapters }] = await Promise.all([client.hosts(), client.status()]);
      return hosts.length === 2 && adapters.length === 2;
    }, 'two hosts and two adapters to be attached');
    await client.applyConfig({ yaml: readFileSync(join(root, 'loadtest/baton.yaml'), 'utf8'), file: 'loadtest/baton.yaml' });
    return pods;
  } catch (error) {
    const logs = await Promise.all(OURS.map((service) => podman.logs(pods.container(service)).catch(String)));
    throw new Error(`the compose file did not come up:\n${logs.map((log) => log.split('\n').slice(-5).join('\n')).join('\n')}`, {
      cause: error,
    });
  }
}

/** Removes containers, network and volumes, whatever state they are in. */
export async function removePods(podman: Podman): Promise<void> {
  await podman.compose(['down', '--volumes', '--timeout', '2'], { BATON_SECRET: 'any', BATON_TOKEN: 'any' });
}

/** Asks until it holds; a question that fails is asked again. */
export async function until(holds: () => Promise<boolean>, what: string): Promise<void> {
  const deadline = Date.now() + READY_LIMIT_MS;
  let last: unknown;
  while (Date.now() < deadline) {
    try {
      if (await holds()) return;
    } catch (error) {
      last = error;
    }
    await sleep(250);
  }
  throw new Error(`waited ${READY_LIMIT_MS / 1000} s for ${what}`, { cause: last });
}
