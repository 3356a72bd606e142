import type { AssignedApp } from '../../messages.ts';

/** Says for an operator what an app has bindings for and does not take yet; `protocols` are theirs. */
export function describeAwaited(app: AssignedApp, protocols: Iterable<string>): string {
  const lacks = [...protocols].map((protocol) => {
    switch (protocol) {
      case 'http':
        return `no HTTP server listens${onPorts(app.ports)}`;
      case 'tcp':
        return `no server listens${onPorts(app.tcpPorts)}, nor does it export handleConnection`;
      case 'queue':
        return `it exports no processJob for ${app.queues.map((name) => `queue://${name}`).join(', ')}`;
      default:
        return `it exports no handleConnection for ${app.otherBindings.filter((binding) => protocolOf(binding) === protocol).join(', ')}`;
    }
  });
  return `application ${app.appKey} is not ready: ${lacks.join('; ')}`;
}

/** "udp" of "udp://*:53" */
export const protocolOf = (binding: string): string => binding.slice(0, Math.max(0, binding.indexOf(':')));

const onPorts = (ports: readonly number[]): string => (ports.length > 0 ? ` on port ${ports.join(' or ')}` : '');
