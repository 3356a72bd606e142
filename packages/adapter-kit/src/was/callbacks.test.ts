import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { until } from '@baton/core';
import { create, listener as proto } from '@baton/proto';
import type { Application } from '../forward/application.ts';
import { openHub } from '../hub.ts';
import { ListenerAdapter } from '../listener-adapter.ts';
import { connectToWas } from '../open-listener-adapter.ts';
import type { ListenerSettings, ProtocolListener } from '../protocol-listener.ts';
import {
  allStopped,
  applicationCreated,
  applicationDeleted,
  appPoolChanged,
  bindingsChanged,
  identityChanged,
  poolCreated,
  poolDeleted,
  poolStateChanged,
  requestsBlocked,
  ScriptedWas,
  settingsOfListeners,
} from '../testing/scripted-was.ts';
import type { Callback } from './link.ts';

/** A listener that writes down what it is told. */
class Recorder implements ProtocolListener {
  readonly calls: string[] = [];
  app: Application | undefined = undefined;

  applicationCreated(app: Application): void {
    if (app.bindings.includes('bad')) throw new Error('a binding that cannot be read');
    this.app = app;
    this.calls.push(`created ${app.appKey} in ${app.pool}`);
  }

  applicationDeleted(appKey: string): void {
    this.calls.push(`deleted ${appKey}`);
  }

  bindingsChanged({ bindings }: Application): void {
    this.calls.push(`bindings ${bindings}`);
  }

  settingsChanged({ limits }: Application): void {
    this.calls.push(`settings ${limits.maxBodyBytes}`);
  }

  poolChanged({ pool }: Application): void {
    this.calls.push(`pool ${pool}`);
  }

  requestsBlocked({ isBlocked }: Application): void {
    this.calls.push(`blocked ${isBlocked}`);
  }

  listenerSettings({ onWasLost }: ListenerSettings): void {
    this.calls.push(`onWasLost ${onWasLost}`);
  }

  async listen(): Promise<void> {
    this.calls.push('listen');
  }

  async drain(): Promise<void> {}

  close(): void {}
}

async function openStage(configuration: Callback[], before: (was: ScriptedWas) => void = () => {}) {
  const was = await ScriptedWas.start();
  was.configuration = configuration;
  before(was);
  const hub = await openHub({ id: 'a1', lanePort: 'off' });
  const recorder = new Recorder();
  const adapter = new ListenerAdapter({ hub, protocol: 'demo', listener: recorder });
  const warnings: string[] = [];
  const log = { info() {}, warn: (_facts: object, message: string) => void warnings.push(message) };
  const opened = connectToWas(adapter, { was: [was.address], secret: 's3cret', log });
  await was.nth('register');
  return {
    was,
    adapter,
    recorder,
    warnings,
    opened,
    async [Symbol.asyncDispose]() {
      was.down();
      await opened.stop();
      hub.close();
    },
  };
}

const SHOP = [poolCreated('shop'), applicationCreated('shop', 'shop', ['demo://a'])];

interface Row {
  readonly rule: string;
  readonly sent: readonly Callback[];
  /** What the listener hears, behind the initial configuration. */
  readonly heard: readonly string[];
}

const settings = create(proto.ApplicationSettingsSchema, { limits: create(proto.LimitsSchema, { maxBodyBytes: 7 }) });

const ROWS: readonly Row[] = [
  { rule: 'a pool alone is nothing that is listened for', sent: [poolCreated('other')], heard: [] },
  {
    rule: 'an application is created behind its pool, and then listened for',
    sent: [poolCreated('other'), applicationCreated('two', 'other', ['demo://b'])],
    heard: ['created two in other', 'listen'],
  },
  {
    rule: 'an application whose pool was not created before it is not served',
    sent: [applicationCreated('two', 'unknown', ['demo://b'])],
    heard: ['listen'],
  },
  {
    rule: 'an application with a binding that cannot be read is not served, and the others are',
    sent: [applicationCreated('two', 'shop', ['bad']), applicationCreated('three', 'shop', ['demo://c'])],
    heard: ['listen', 'created three in shop', 'listen'],
  },
  {
    rule: 'bindings that change are told alone',
    sent: [bindingsChanged('shop', ['demo://b', 'demo://c'])],
    heard: ['bindings demo://b,demo://c', 'listen'],
  },
  {
    rule: 'a move is told, not deletion and creation',
    sent: [poolCreated('other'), appPoolChanged('shop', 'other')],
    heard: ['pool other', 'listen'],
  },
  { rule: 'a move to a pool that is not known is not made', sent: [appPoolChanged('shop', 'unknown')], heard: ['listen'] },
  {
    rule: 'blocking is told once',
    sent: [requestsBlocked('shop', true), requestsBlocked('shop', true)],
    heard: ['blocked true', 'listen', 'listen'],
  },
  {
    rule: 'settings of an application are told alone',
    sent: [{ case: 'applicationSettingsChanged', value: create(proto.ApplicationSettingsChangedSchema, { appKey: 'shop', settings }) }],
    heard: ['settings 7', 'listen'],
  },
  {
    rule: 'settings of all listeners are told',
    sent: [settingsOfListeners('stopListening')],
    heard: ['onWasLost stopListening', 'listen'],
  },
  { rule: 'a deletion is told', sent: [applicationDeleted('shop')], heard: ['deleted shop', 'listen'] },
  {
    rule: 'what nobody knows changes nothing',
    sent: [applicationDeleted('two'), bindingsChanged('two', []), poolDeleted('two')],
    heard: ['listen', 'listen'],
  },
  {
    rule: 'identity, state and AllStopped are not the listener’s business',
    sent: [identityChanged('shop', 'x', 1), poolStateChanged('shop', false), allStopped('shop', 99)],
    heard: [],
  },
];

describe('callbacks', () => {
  for (const { rule, sent, heard } of ROWS) {
    it(rule, async () => {
      await using stage = await openStage(SHOP);
      const { calls } = stage.recorder;
      await until(() => calls.includes('listen'), 5_000, 'the initial configuration', 2);
      const before = calls.length;
      for (const callback of sent) stage.was.send(callback);
      await stage.was.settled();
      assert.deepEqual(calls.slice(before), heard);
    });
  }

  it('of the initial configuration are listened for once, behind InitializationCompleted', async () => {
    await using stage = await openStage([settingsOfListeners('serve'), ...SHOP], (was) => {
      was.completes = false;
    });
    await until(() => stage.recorder.calls.length === 2, 5_000, 'the configuration', 2);
    await stage.was.settled();
    assert.deepEqual(stage.recorder.calls, ['onWasLost serve', 'created shop in shop']);
    stage.was.complete();
    await stage.was.settled();
    assert.deepEqual(stage.recorder.calls.slice(2), ['listen']);
  });

  it('show one Application that is the same object as long as it is there', async () => {
    await using stage = await openStage(SHOP);
    await until(() => stage.recorder.app, 5_000, 'the application', 2);
    const app = stage.recorder.app!;
    for (const callback of [poolCreated('other'), appPoolChanged('shop', 'other'), bindingsChanged('shop', ['demo://z'])])
      stage.was.send(callback);
    await stage.was.settled();
    assert.deepEqual([app.pool, app.bindings, app.place], ['other', ['demo://z'], stage.adapter.pools.get('other')!.place]);
  });

  it('of AllStopped that nobody asked for are logged and change nothing', async () => {
    await using stage = await openStage(SHOP);
    await until(() => stage.adapter.pools.size === 1, 5_000, 'the pool', 2);
    stage.was.send(allStopped('shop', 1));
    await stage.was.settled();
    assert.ok(
      stage.warnings.some((line) => /nobody closed/.test(line)),
      stage.warnings.join(),
    );
    assert.equal(stage.adapter.pools.size, 1);
  });
});

describe('a leader that breaks the order', () => {
  const first = SHOP[0]!;
  const connected = { case: 'configManagerConnected', value: create(proto.ConfigManagerConnectedSchema, { clusterId: 'x' }) } as const;
  const rows: readonly { readonly rule: string; readonly answersRegister: boolean; readonly sent: Callback }[] = [
    { rule: 'something before ConfigManagerConnected', answersRegister: false, sent: first },
    {
      rule: 'InitializationCompleted before ConfigManagerConnected',
      answersRegister: false,
      sent: { case: 'configManagerInitializationCompleted', value: create(proto.ConfigManagerInitializationCompletedSchema) },
    },
    { rule: 'ConfigManagerConnected twice', answersRegister: true, sent: connected },
  ];
  for (const { rule, answersRegister, sent } of rows) {
    it(`is left and registered with again: ${rule}`, async () => {
      await using stage = await openStage(SHOP, (was) => {
        was.answersRegister = answersRegister;
      });
      if (answersRegister) await until(() => stage.recorder.calls.includes('listen'), 5_000, 'the configuration', 2);
      stage.was.answersRegister = true;
      stage.was.send(sent);
      await stage.was.nth('register', 2);
      await until(() => stage.recorder.calls.includes('listen'), 5_000, 'the configuration of the next stream', 2);
    });
  }
});

describe('the version of the API', () => {
  it('is asked of the leader, and NOT_CONNECTED without one', async () => {
    await using stage = await openStage(SHOP);
    await until(() => stage.opened.was.isConnected, 5_000, 'the link', 2);
    assert.deepEqual(Object.keys(await stage.opened.was.version()).sort(), ['major', 'minor']);
    stage.was.down();
    await until(() => !stage.opened.was.isConnected, 5_000, 'the loss', 2);
    await assert.rejects(stage.opened.was.version(), { code: 'NOT_CONNECTED' });
  });
});
