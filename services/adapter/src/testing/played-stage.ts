import { FakeSession } from '@baton/adapter-kit/testing';
import type { AdapterService } from '../service.ts';
import { openStage, type Stage, type StageOptions } from './stage.ts';

/** A stage on which workers are played without links. */
export interface PlayedStage extends Stage {
  connect(session?: FakeSession): FakeSession;
}

/** Opens one; `connect` plays a worker of slot shop/1. */
export async function setUp(options: StageOptions = {}): Promise<PlayedStage> {
  const stage = await openStage(options);
  const connect = (session = new FakeSession()): FakeSession => {
    stage.service.adapter.pools.get('shop')!.place.connected(session);
    return session;
  };
  return { ...stage, connect };
}

/** What a path of its probes answers, as "status text". */
export const probe = async (service: AdapterService, path: string): Promise<string> => {
  const response = await fetch(`http://127.0.0.1:${service.probes.port}${path}`);
  return `${response.status} ${await response.text()}`;
};
