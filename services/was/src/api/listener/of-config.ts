import type { AppConfig, Config } from '@baton/config';

/** What baton.yaml says of listeners, in the form in which adapters are told. */

/** Protocols that adapters of this repository serve. */
const OWN_PROTOCOLS = ['http', 'tcp', 'queue'];

type AnyConfig = Config & { readonly listenerAdapters?: readonly { readonly name: string }[] };
type AnyApp = AppConfig & { readonly enabledProtocols?: readonly string[] };

/** Every protocol that an adapter may register: ours, and those that listenerAdapters names. */
export function knownProtocols(config: Config | undefined): string[] {
  return [...OWN_PROTOCOLS, ...((config as AnyConfig | undefined)?.listenerAdapters ?? []).map(({ name }) => name)];
}

/** The bindings of one protocol, as written. */
export function bindingsOf({ bindings }: Pick<AppConfig, 'bindings'>, protocol: string): string[] {
  return bindings.filter((binding) => (binding.protocol as string) === protocol).map(({ text }) => text);
}

/** The app has bindings of the protocol and does not serve it (enabledProtocols). */
export function isBlocked(app: AppConfig, protocol: string): boolean {
  const { enabledProtocols } = app as AnyApp;
  return enabledProtocols !== undefined && !enabledProtocols.includes(protocol);
}
