import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { until } from '@baton/core';
import { TestCluster } from './testing/cluster.ts';
import { APP, HTTP_AND_TCP, POOLS, SHOP, said, yaml } from './testing/told.ts';

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
