import type { Case, ScriptedAdapter } from './scripted-adapter.ts';

/** The pools of a baton.yaml; `shop` and `blog` are further keys in flow style. */
export const POOLS = (shop = '', blog = '') => `  - { name: shop${shop} }\n  - { name: blog${blog} }\n`;

/** An application of a baton.yaml; `more` is further keys in flow style. */
export const APP = (name: string, pool: string, bindings: string, more = '') =>
  `  - { name: ${name}, pool: ${pool}, entry: ./${name}.js, bindings: [${bindings}]${more} }\n`;

/** A baton.yaml. */
export const yaml = ({ pools = POOLS(), apps = [SHOP()], more = '' } = {}) =>
  `apiVersion: baton/v1\npools:\n${pools}apps:\n${apps.join('')}${more}`;

/** The application that most tests have. */
export const SHOP = (bindings = '"http://*:8080/"', more = '', pool = 'shop') => APP('shop', pool, bindings, more);

/** Bindings of both protocols. */
export const HTTP_AND_TCP = '"http://*:8080/", "tcp://*:9000"';

/** About who serves: another matter. */
const OTHERS: readonly (Case | undefined)[] = ['handover', 'instanceGone', 'activationFailing'];

/** Everything that was said of the configuration, in a few words each. */
export function said(adapter: ScriptedAdapter, from: number): string[] {
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
