import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { until } from '@baton/core';
import { openReady, TestCluster } from './testing/cluster.ts';
import type { Case, ScriptedAdapter } from './testing/scripted-adapter.ts';

/** What an edit of baton.yaml makes of pools and applications; `pool` and `app` are further keys in flow style. */
const POOLS = (shop = '', blog = '') => `  - { name: shop${shop} }\n  - { name: blog${blog} }\n`;
const APP = (name: string, pool: string, bindings: string, more = '') =>
  `  - { name: ${name}, pool: ${pool}, entry: ./${name}.js, bindings: [${bindings}]${more} }\n`;
const yaml = ({ pools = POOLS(), apps = [SHOP()], more = '' } = {}) =>
  `apiVersion: baton/v1\npools:\n${pools}apps:\n${apps.join('')}${more}`;
const SHOP = (bindings = '"http://*:8080/"', more = '', pool = 'shop') => APP('shop', pool, bindings, more);
const HTTP_AND_TCP = '"http://*:8080/", "tcp://*:9000"';

/** About who serves: another matter. */
const OTHERS: readonly (Case | undefined)[] = ['handover', 'instanceGone', 'activationFailing'];

/** Everything that was said of the configuration, in a few words each. */
function said(adapter: ScriptedAdapter, from: number): string[] {
  const told = adapter.heard.slice(from).filter(({ callback }) => !OTHERS.includes(callback.case));
  return told.map(({ callback: { case: name, value } }) => {
    switch (name) {
      case 'applicationPoolCreated':
        return `pool ${value.poolId} created for ${value.identity}`;
      case 'applicationPoolDeleted':
        return `pool ${value.poolId} deleted`;
      case 'applicationPoolIdentityChanged':
        return `pool ${value.poolId} is ${value.identity} (${value.number})`;
      case 'applicationPoolStateChanged':
        return `pool ${value.poolId} ${value.enabled ? 'enabled' : 'disabled'}`;
      case 'applicationPoolSettingsChanged':
        return `pool ${value.poolId} has queueLength ${value.settings?.queueLength}, drain ${value.settings?.drain?.policy}`;
      case 'applicationCreated':
        return `app ${value.appKey} in ${value.poolId} at ${value.bindings.join(' ')}${value.requestsBlocked ? ', blocked' : ''}`;
      case 'applicationDeleted':
        return `app ${value.appKey} deleted`;
      case 'applicationBindingsChanged':
        return `app ${value.appKey} at ${value.bindings.join(' ')}`;
      case 'applicationAppPoolChanged':
        return `app ${value.appKey} moved to ${value.poolId}`;
      case 'applicationRequestsBlockedChanged':
        return `app ${value.appKey} ${value.blocked ? 'blocked' : 'unblocked'}`;
      case 'applicationSettingsChanged':
        return `app ${value.appKey} has queueTimeout ${value.settings?.limits?.queueTimeoutMs}`;
      case 'applicationPoolAllListenerChannelInstancesStopped':
        return `channel ${value.channelId} of ${value.poolId} stopped`;
      case 'listenerSettings':
        return `listeners ${value.onWasLost} ${value.tls.map(({ host }) => host).join(' ')}`.trim();
      default:
        return String(name);
    }
  });
}

interface Row {
  readonly edit: string;
  readonly before?: string;
  readonly after: string;
  /** Channels that the adapter has open before, by pool. */
  readonly opens?: readonly string[];
  readonly http: readonly string[];
  /** @default nothing */
  readonly tcp?: readonly string[];
}

/** One row for each rule of what an edit tells, and in which order; the words are those of `said`. */
const EDITS: readonly Row[] = [
  {
    edit: 'of bindings is told to the adapters of their protocol only',
    before: yaml({ apps: [SHOP(HTTP_AND_TCP)] }),
    after: yaml({ apps: [SHOP('"http://*:8080/", "tcp://*:9001"')] }),
    http: [],
    tcp: ['app shop at tcp://*:9001'],
  },
  {
    edit: 'of one application leaves the others untold',
    before: yaml({ apps: [SHOP(), APP('more', 'shop', '"http://*:8081/"')] }),
    after: yaml({ apps: [SHOP('"http://*:8080/", "http://*:8082/"'), APP('more', 'shop', '"http://*:8081/"')] }),
    http: ['app shop at http://*:8080/ http://*:8082/'],
  },
  {
    edit: 'that adds an application to a pool nobody needed names the pool first',
    after: yaml({ apps: [SHOP(), APP('blog', 'blog', '"http://*:8081/", "tcp://*:9000"')] }),
    http: ['pool blog created for blog', 'app blog in blog at http://*:8081/'],
    tcp: ['pool blog created for blog', 'app blog in blog at tcp://*:9000'],
  },
  {
    edit: 'that gives an application its first binding of a protocol creates it there',
    after: yaml({ apps: [SHOP(HTTP_AND_TCP)] }),
    http: [],
    tcp: ['pool shop created for shop', 'app shop in shop at tcp://*:9000'],
  },
  {
    edit: 'that takes the last binding of a protocol deletes the application there, then the pool',
    before: yaml({ apps: [SHOP(HTTP_AND_TCP)] }),
    after: yaml(),
    http: [],
    tcp: ['app shop deleted', 'pool shop deleted'],
  },
  {
    edit: 'that takes an application closes its channel before the pool is deleted',
    after: yaml({ apps: [APP('blog', 'blog', '"http://*:8081/"')] }),
    opens: ['shop'],
    http: [
      'app shop deleted',
      'pool blog created for blog',
      'app blog in blog at http://*:8081/',
      'channel 1 of shop stopped',
      'pool shop deleted',
    ],
  },
  {
    edit: 'that moves an application says so, behind its new pool, and never deletes and creates it',
    after: yaml({ apps: [SHOP(undefined, '', 'blog')] }),
    opens: ['shop'],
    http: ['pool blog created for blog', 'app shop moved to blog', 'channel 1 of shop stopped', 'pool shop deleted'],
  },
  {
    edit: 'that moves one of two applications keeps the pool of the other',
    before: yaml({ apps: [SHOP(), APP('more', 'shop', '"http://*:8081/"')] }),
    after: yaml({ apps: [SHOP(), APP('more', 'blog', '"http://*:8082/"')] }),
    opens: ['shop'],
    http: ['pool blog created for blog', 'app more moved to blog', 'app more at http://*:8082/'],
  },
  {
    edit: 'of enabledProtocols blocks, and leaves the bindings',
    before: yaml({ apps: [SHOP(HTTP_AND_TCP)] }),
    after: yaml({ apps: [SHOP(HTTP_AND_TCP, ', enabledProtocols: [tcp]')] }),
    http: ['app shop blocked'],
  },
  {
    edit: 'of enabledProtocols unblocks',
    before: yaml({ apps: [SHOP(HTTP_AND_TCP, ', enabledProtocols: [tcp]')] }),
    after: yaml({ apps: [SHOP(HTTP_AND_TCP)] }),
    http: ['app shop unblocked'],
  },
  {
    edit: 'of limits is told apart from everything else of an application',
    after: yaml({ apps: [SHOP(undefined, ', limits: { queueTimeout: 3s }')] }),
    http: ['app shop has queueTimeout 3000'],
  },
  {
    edit: 'of a pool tells its identity first, then its settings',
    after: yaml({ pools: POOLS(', identity: billing, queueLength: 77, drain: { policy: close }') }),
    http: ['pool shop is billing (1)', 'pool shop has queueLength 77, drain close'],
  },
  {
    edit: 'of what only workers are given tells adapters nothing',
    after: yaml({ pools: POOLS(', environmentVariables: { A: b }') }),
    http: [],
  },
  {
    edit: 'of listeners is told to every adapter',
    after: yaml({ more: 'listen: { onWasLost: stopListening }\ntls: [{ host: "*", cert: ./a.crt, key: ./a.key }]\n' }),
    http: ['listeners stopListening *'],
    tcp: ['listeners stopListening *'],
  },
];

describe('an edit of the configuration', () => {
  for (const { edit, before = yaml(), after, opens = [], http, tcp = [] } of EDITS) {
    it(edit, async (t) => {
      const cluster = await TestCluster.open(t, before);
      const adapters = [await cluster.adapter('a'), await cluster.adapter('a', 'tcp')] as const;
      for (const pool of opens) await adapters[0].open(pool);
      const from = adapters.map(({ heard }) => heard.length);
      await cluster.apply(after);
      for (const [index, wanted] of [http, tcp].entries()) {
        const heard = () => said(adapters[index]!, from[index]!);
        await until(() => heard().length >= wanted.length, 10_000, `${wanted.length} callbacks`);
      }
      // What would be said beyond that comes before the answer to a registration that is made now.
      await cluster.adapter('z');
      assert.deepEqual(said(adapters[0], from[0]!), http, 'http');
      assert.deepEqual(said(adapters[1], from[1]!), tcp, 'tcp');
    });
  }
});

describe('a registration', () => {
  it('is told in the documented order: Connected, settings, pools each before its applications, permissions, InitializationCompleted', async (t) => {
    const apps = [SHOP(HTTP_AND_TCP, ', enabledProtocols: [http]'), APP('blog', 'blog', '"http://*:8081/"')];
    const cluster = await TestCluster.open(t, yaml({ apps }));
    const adapter = await cluster.adapter('a');
    await adapter.open('shop');
    const host = await cluster.host();
    const { workerId } = await host.nthStart(1);
    await cluster.state(workerId, 'ready');
    adapter.load('shop', 0, 0);
    await until(() => cluster.was.engine.attachedChannels('shop')[0]?.parked === 0, 10_000, 'the report');
    host.exit(workerId);
    await adapter.next('applicationPoolCanOpenNewListenerChannelInstance');
    adapter.drop();
    await until(() => !cluster.isAttached('a'), 10_000, 'the loss of the stream');
    const from = adapter.heard.length;
    await adapter.register();
    assert.deepEqual(said(adapter, from), [
      'configManagerConnected',
      'listeners serve',
      'pool shop created for shop',
      'pool blog created for blog',
      'app shop in shop at http://*:8080/',
      'app blog in blog at http://*:8081/',
      'applicationPoolCanOpenNewListenerChannelInstance',
      'configManagerInitializationCompleted',
    ]);
    const tcp = await cluster.adapter('a', 'tcp');
    assert.deepEqual(said(tcp, 0).slice(2, 4), ['pool shop created for shop', 'app shop in shop at tcp://*:9000, blocked']);
  });

  it('hears no change before InitializationCompleted, and nothing of what it does not serve', async (t) => {
    const cluster = await TestCluster.open(t, yaml({ apps: [SHOP('"tcp://*:9000"')] }));
    const adapter = await cluster.adapter('a');
    assert.deepEqual(adapter.names(), [
      'configManagerConnected',
      'listenerSettings',
      'configManagerInitializationCompleted',
    ] satisfies Case[]);
    await cluster.call('POST', 'pools/shop/stop');
    const tcp = await cluster.adapter('a', 'tcp');
    assert.equal(tcp.all('applicationPoolCreated')[0]?.enabled, false);
    assert.equal(adapter.heard.length, 3);
  });
});

/** A worker that serves nobody's request, an adapter, and what happens to both. */
type Happening = (stage: Awaited<ReturnType<typeof openReady>>) => Promise<unknown>;

/** Each row: whether CanOpenNew is due, which allows one more Open and asks for nothing. */
const PERMISSIONS: readonly { readonly when: string; readonly count: number; readonly happens: Happening }[] = [
  { when: 'the channel has just been opened and somebody serves', count: 0, happens: async () => {} },
  { when: 'the worker has ended unasked and no work waits', count: 1, happens: async ({ host, workerId }) => host.exit(workerId) },
  {
    when: 'the worker has gone idle',
    count: 1,
    happens: async ({ cluster, host, workerId }) => {
      host.wishIdle(workerId);
      await cluster.gone(workerId);
    },
  },
  {
    when: 'the worker has ended unasked and work waits: it is replaced at once',
    count: 0,
    happens: async ({ cluster, host, adapter, workerId }) => {
      adapter.load('shop', 1, 0);
      await until(() => cluster.was.engine.attachedChannels('shop')[0]?.parked === 1, 10_000, 'the report');
      host.exit(workerId);
      await host.nthStart(2);
    },
  },
  {
    when: 'a recycle has replaced the worker: WAS starts the channel in the next one by the saved blob',
    count: 0,
    happens: async ({ cluster, workerId }) => {
      await cluster.call('POST', 'pools/shop/recycle', {});
      await cluster.gone(workerId);
    },
  },
  {
    when: 'the pool is stopped: nothing may be opened',
    count: 0,
    happens: async ({ cluster, workerId }) => {
      await cluster.call('POST', 'pools/shop/stop');
      await cluster.gone(workerId);
    },
  },
  {
    when: 'the pool was stopped and is started again',
    count: 1,
    happens: async ({ cluster, workerId }) => {
      await cluster.call('POST', 'pools/shop/stop');
      await cluster.gone(workerId);
      await cluster.call('POST', 'pools/shop/start');
    },
  },
  {
    when: 'the worker ended after its channel was closed: there is none to open',
    count: 0,
    happens: async ({ cluster, host, adapter, workerId }) => {
      await adapter.closeAll('shop');
      host.exit(workerId);
      await cluster.gone(workerId);
    },
  },
];

describe('CanOpenNew', () => {
  for (const { when, count, happens } of PERMISSIONS) {
    it(`is ${count === 0 ? 'not ' : ''}sent when ${when}`, async (t) => {
      const stage = await openReady(t);
      await happens(stage);
      const sent = () => stage.adapter.count('applicationPoolCanOpenNewListenerChannelInstance');
      await until(() => sent() >= count, 10_000, 'the permission');
      await stage.cluster.adapter('z');
      assert.equal(sent(), count);
    });
  }

  it('allows one Open: the second one needs another', async (t) => {
    const { cluster, host, adapter, workerId } = await openReady(t);
    host.exit(workerId);
    const { permission } = await adapter.next('applicationPoolCanOpenNewListenerChannelInstance');
    await cluster.call('GET', 'status');
    assert.equal(host.starts().length, 1, 'it asks for nothing');
    await adapter.open('shop', permission);
    const second = await host.nthStart(2);
    await cluster.state(second.workerId, 'ready');
    adapter.load('shop', 0, 0);
    await until(() => cluster.was.engine.attachedChannels('shop')[0]?.parked === 0, 10_000, 'the report');
    assert.equal((await adapter.open('shop', permission)).repeated, true, 'that is the same Open again');
    host.exit(second.workerId);
    const next = await adapter.next('applicationPoolCanOpenNewListenerChannelInstance', (one) => one.permission !== permission);
    await assert.rejects(adapter.open('shop', next.permission + 1), /OPEN_NOT_PERMITTED/);
    assert.equal((await adapter.open('shop', next.permission)).repeated, false);
  });
});

describe('AllStopped', () => {
  it('answers each CloseAll once, and is never sent otherwise', async (t) => {
    const { cluster, host, adapter, workerId } = await openReady(t);
    const count = () => adapter.count('applicationPoolAllListenerChannelInstancesStopped');
    await cluster.call('POST', 'pools/shop/recycle', {});
    await cluster.gone(workerId);
    host.exit((await host.nthStart(2)).workerId);
    await cluster.call('POST', 'pools/shop/stop');
    await cluster.adapter('y');
    assert.equal(count(), 0);
    for (const wanted of [1, 2]) {
      await adapter.closeAll('shop', 1);
      await until(() => count() === wanted, 10_000, 'AllStopped');
    }
    await cluster.adapter('z');
    assert.equal(count(), 2);
  });
});
