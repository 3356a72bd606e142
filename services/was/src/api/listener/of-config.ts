import { type AppConfig, type Config, PROTOCOLS } from '@baton/config';

/** What baton.yaml says of listeners, in the form in which adapters are told. */

/** Every protocol that an adapter may register: ours, and those that listenerAdapters names. */
export function knownProtocols(config: Config | undefined): string[] {
  return [...PROTOCOLS, ...(config?.listenerAdapters ?? []).map(({ name }) => name)];
}

/** The bindings of one protocol, as written. */
export function bindingsOf({ bindings }: Pick<AppConfig, 'bindings'>, protocol: string): string[] {
  return bindings.filter((binding) => binding.protocol === protocol).map(({ text }) => text);
}

/** The app has bindings of the protocol and does not serve it (enabledProtocols). */
export function isBlocked(app: AppConfig, protocol: string): boolean {
  return app.enabledProtocols !== undefined && !app.enabledProtocols.includes(protocol);
}
