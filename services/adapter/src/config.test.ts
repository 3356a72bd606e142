import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readConfig } from './config.ts';

const SECRET = { BATON_SECRET: 's' };

describe('flags', () => {
  it('come before the environment, and that before the default', () => {
    const config = readConfig(['--id', 'a7', '--was', '10.0.0.1:70, 10.0.0.2:70', '--reuse-port'], {
      ...SECRET,
      BATON_ID: 'other',
      BATON_ADVERTISE: '10.0.0.9',
    });
    assert.deepEqual(
      [config.id, config.was, config.advertise, config.reusePort, config.accessLog, config.grpcPort],
      ['a7', ['10.0.0.1:70', '10.0.0.2:70'], '10.0.0.9', true, '-', 0],
    );
  });

  it('give every process an id of its own when none is named', () => {
    assert.notEqual(readConfig([], SECRET).id, readConfig([], SECRET).id);
  });

  const wrong: readonly (readonly [string[], NodeJS.ProcessEnv, RegExp])[] = [
    [[], {}, /BATON_SECRET is not set/],
    [['--id', 'a b'], SECRET, /--id \(BATON_ID\): expected letters.*got "a b"/],
    [['--was', 'nowhere'], SECRET, /--was \(BATON_WAS\): expected HOST:PORT.*got "nowhere"/],
    [['--grpc-port', '70000'], SECRET, /--grpc-port .*from 0 to 65535, got "70000"/],
    [['--probe-port', 'x'], SECRET, /--probe-port .*got "x"/],
    [['--protocols', 'http,smtp'], SECRET, /--protocols .*expected http, and any of http, tcp.*got "http,smtp"/],
    [['--protocols', 'tcp'], SECRET, /--protocols .*got "tcp"/],
    [['--channel-per', 'site'], SECRET, /--channel-per \(BATON_CHANNEL_PER\): expected pool or app, got "site"/],
    [['--redis', 'nowhere'], SECRET, /--redis \(BATON_REDIS\): expected redis:\/\/HOST:PORT/],
    [['--unknown'], SECRET, /unknown/],
  ];
  for (const [args, environment, message] of wrong) {
    it(`are refused by name: ${args.join(' ') || 'no secret'}`, () =>
      assert.throws(
        () => readConfig(args, environment),
        (error: Error & { code: string }) => error.code === 'USAGE' && message.test(error.message),
      ));
  }
});
