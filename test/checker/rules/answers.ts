import type { History, LogLine, SwitchLine, Violation } from '../history.ts';

/**
 * What an adapter answered it has done: its log has the switch, and with the same number.
 *
 * - A repeated Handover is answered with the number of the first time and switches nothing.
 * - A roll-back is another switch of the same recycle; its number is not compared.
 */
export function checkAnswers({ events, adapters }: History): Violation[] {
  const logs = new Map(adapters.map(({ adapter, lines, isCut }) => [adapter, { isCut, switches: lines.filter(isSwitch) }]));
  return events.flatMap(({ type, recycle, channel, slot, to, inFlight }): Violation[] => {
    const log = logs.get(channel.slice(0, channel.lastIndexOf('/')));
    if (type !== 'handover.done' || !log || log.isCut) return [];
    const switches = log.switches.filter((line) => line.channel === channel && line.slot === slot);
    const what = `channel ${channel} answered that ${slot} is handed to ${to || 'nobody'} (recycle ${recycle})`;
    if (!switches.some((line) => line.to === to)) return [{ rule: 'answers were obeyed', message: `${what}, its log has no such switch` }];
    const first = switches.find((line) => line.recycle === recycle);
    if (!first || first.to !== to || first.inFlight === inFlight) return [];
    return [{ rule: 'answers were obeyed', message: `${what} with ${inFlight} in flight, its log says ${first.inFlight}` }];
  });
}

const isSwitch = (line: LogLine): line is SwitchLine => line.kind === 'handover';
