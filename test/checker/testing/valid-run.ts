import type { EventRecord, History, LogLine, ReceiptRecord } from '../history.ts';

/** What happens next in a made-up run; `slot` and `adapter` are numbers from 0, taken modulo what there is. */
export type Step =
  | { readonly do: 'request'; readonly adapter: number; readonly slot: number }
  | { readonly do: 'answer'; readonly adapter: number; readonly which: number }
  | { readonly do: 'recycle'; readonly slot: number; readonly asked: number; readonly ends: 'commits' | 'replacementDies' | 'oldOneDies' }
  | { readonly do: 'idleOut'; readonly slot: number }
  | { readonly do: 'crash'; readonly slot: number }
  | { readonly do: 'leave'; readonly adapter: number }
  | { readonly do: 'return'; readonly adapter: number };

interface Open {
  readonly slot: string;
  readonly worker: string;
  readonly generation: number;
  readonly n: number;
  readonly atMs: number;
}

interface Desk {
  readonly id: string;
  readonly lines: LogLine[];
  readonly open: Open[];
  readonly eligible: Map<string, string>;
  n: number;
  isAttached: boolean;
}

interface Process {
  readonly id: string;
  readonly slot: string;
  readonly generation: number;
  readonly pid: number;
  readonly host: string;
}

/** Workers of this pool must not overlap. */
const SOLO = 'solo';
const SLOTS = ['app/1', 'app/2', `${SOLO}/1`];
const TICK_MS = 1_000;

/** A run of two adapters, two hosts and three slots, one of them without overlap, that keeps every rule, written down as a real one would. */
export class ValidRun {
  readonly events: EventRecord[] = [];
  readonly receipts: ReceiptRecord[] = [];
  readonly desks: Desk[] = ['a1', 'a2'].map((id) => ({ id, lines: [], open: [], eligible: new Map(), n: 0, isAttached: true }));
  readonly #serving = new Map<string, Process>();
  readonly #live = new Map<string, Process>();
  readonly #generations = new Map<string, number>();
  #nowMs = 1_000_000;
  #workers = 0;
  #recycles = 0;
  #requests = 0;

  constructor() {
    for (const { id } of this.desks) this.#tell('adapter.attached', { message: `adapter ${id} (http) is attached with 0 channels` });
  }

  take(step: Step): void {
    const desk = 'adapter' in step ? this.desks[step.adapter % this.desks.length]! : undefined;
    const slot = 'slot' in step ? SLOTS[step.slot % SLOTS.length]! : '';
    if (step.do === 'request') this.#request(desk!, slot);
    else if (step.do === 'answer') this.#answer(desk!, step.which);
    else if (step.do === 'recycle' && poolOf(slot) === SOLO) this.#park(slot, step.asked, step.ends);
    else if (step.do === 'recycle') this.#recycle(slot, step.asked, step.ends);
    else if (step.do === 'idleOut') this.#idleOut(slot);
    else if (step.do === 'crash') this.#crash(slot);
    else if (step.do === 'leave') this.#leave(desk!);
    else this.#return(desk!);
  }

  history(): History {
    for (const desk of this.desks) while (desk.open.length > 0) this.#answer(desk, 0);
    const workers = [...this.#live.values()];
    return {
      events: this.events,
      adapters: this.desks.map(({ id, lines }) => ({ adapter: id, lines, isCut: false })),
      receipts: this.receipts,
      noOverlap: [SOLO],
      final: {
        workers: workers.map((worker) => ({ ...worker, state: 'ready' })),
        processes: workers.map(({ pid, id, generation }) => ({ pid, worker: id, generation })),
        hosts: ['1', '2'],
      },
    };
  }

  #request(desk: Desk, slot: string): void {
    const serving = this.#serving.get(slot) ?? (desk.isAttached ? this.#activate(slot) : undefined);
    const worker = this.#live.get(desk.eligible.get(slot) ?? '');
    if (!serving || !worker) return;
    desk.open.push({ slot, worker: worker.id, generation: worker.generation, n: ++desk.n, atMs: this.#tick() });
  }

  #answer(desk: Desk, which: number): void {
    const [open] = desk.open.splice(which % Math.max(desk.open.length, 1), 1);
    if (!open) return;
    const requestId = `r${++this.#requests}`;
    desk.lines.push({ kind: 'request', requestId, path: '/', status: 200, error: '', pool: poolOf(open.slot), ...open });
  }

  #activate(slot: string): Process {
    const worker = this.#start(slot, this.#serving.get(slot)?.host ?? '1');
    this.#serving.set(slot, worker);
    for (const desk of this.desks) this.#switch(desk, slot, '', '', worker.id);
    return worker;
  }

  #recycle(slot: string, asked: number, ends: 'commits' | 'replacementDies' | 'oldOneDies'): void {
    const old = this.#serving.get(slot);
    const attached = this.desks.filter((desk) => desk.isAttached);
    if (!old) return;
    const recycle = `c${++this.#recycles}`;
    const startedAtMs = this.#tick();
    this.#tell('recycle.begun', { slot, recycle, from: old.id });
    const worker = this.#start(slot, old.host === '1' ? '2' : '1');
    const facts = { slot, recycle, from: old.id, to: worker.id };
    const isCommitted = ends !== 'replacementDies';
    let inFlight = 0;
    for (const desk of isCommitted ? attached : attached.slice(0, asked % (attached.length + 1))) {
      const count = this.#switch(desk, slot, recycle, old.id, worker.id);
      inFlight += count;
      this.#tell('handover.done', { ...facts, channel: `${desk.id}/1`, inFlight: count });
      this.#request(desk, slot);
      if (ends === 'oldOneDies' && this.#live.has(old.id)) this.#die(old, 'worker.failed');
    }
    if (isCommitted) {
      this.#tell('recycle.committed', facts);
      this.#serving.set(slot, worker);
      if (this.#live.has(old.id)) {
        this.#tell('worker.stopping', { ...named(old) });
        this.#finish(old);
        this.#die(old, 'worker.exited');
      }
    } else {
      this.#die(worker, 'worker.failed');
      for (const desk of attached) {
        if (desk.eligible.get(slot) !== worker.id) continue;
        const count = this.#switch(desk, slot, recycle, worker.id, old.id);
        this.#tell('handover.done', { ...facts, from: worker.id, to: old.id, channel: `${desk.id}/1`, inFlight: count });
      }
    }
    this.#end({ recycle, old, worker, isCompleted: isCommitted, startedAtMs, inFlight });
  }

  /** Work is parked between the old worker and the next, which is started when the old one has ended. */
  #park(slot: string, asked: number, ends: 'commits' | 'replacementDies' | 'oldOneDies'): void {
    const old = this.#serving.get(slot);
    const attached = this.desks.filter((desk) => desk.isAttached);
    if (!old) return;
    const recycle = `c${++this.#recycles}`;
    const startedAtMs = this.#tick();
    const facts = { slot, recycle, from: old.id };
    this.#tell('recycle.begun', facts);
    const isCommitted = ends !== 'oldOneDies';
    let inFlight = 0;
    for (const desk of isCommitted ? attached : attached.slice(0, asked % (attached.length + 1))) {
      const count = this.#switch(desk, slot, recycle, old.id, '');
      inFlight += count;
      this.#tell('handover.done', { ...facts, channel: `${desk.id}/1`, inFlight: count });
    }
    if (isCommitted) {
      this.#tell('recycle.committed', facts);
      this.#tell('worker.stopping', named(old));
    }
    this.#die(old, isCommitted ? 'worker.exited' : 'worker.failed');
    const worker = isCommitted ? this.#activate(slot) : undefined;
    if (worker && ends === 'replacementDies') {
      this.#die(worker, 'worker.failed');
      this.#serving.delete(slot);
    }
    this.#end({ recycle, old, worker, isCompleted: ends === 'commits', startedAtMs, inFlight });
    if (!isCommitted) this.#activate(slot);
  }

  #end(end: {
    recycle: string;
    old: Process;
    worker: Process | undefined;
    isCompleted: boolean;
    startedAtMs: number;
    inFlight: number;
  }): void {
    const { recycle, old, worker, isCompleted, startedAtMs, inFlight } = end;
    const { slot } = old;
    const outcome = isCompleted ? 'completed' : 'failed';
    this.#tell(`recycle.${outcome}`, { slot, recycle, from: old.id, to: worker?.id ?? '' });
    this.receipts.push({
      ...{ id: recycle, pool: poolOf(slot), slot, cause: 'onDemand', outcome, startedAtMs, endedAtMs: this.#tick() },
      ...{ oldWorker: old.id, newWorker: worker?.id ?? '', oldGeneration: old.generation, newGeneration: worker?.generation ?? 0 },
      ...{ inFlightAtHandover: inFlight, finished: inFlight, moved: 0, replayed: 0, failed: 0, isIncomplete: false },
    });
  }

  #idleOut(slot: string): void {
    const old = this.#serving.get(slot);
    if (!old || this.desks.some(({ isAttached }) => !isAttached)) return;
    for (const worker of this.#live.values()) if (worker.slot === slot) this.#finish(worker);
    for (const desk of this.desks) this.#switch(desk, slot, 'idle', old.id, '');
    this.#tell('worker.stopping', named(old));
    this.#die(old, 'worker.exited');
    this.#serving.delete(slot);
  }

  #crash(slot: string): void {
    const old = this.#serving.get(slot);
    if (!old) return;
    this.#die(old, 'worker.failed');
    this.#activate(slot);
  }

  #leave(desk: Desk): void {
    if (this.desks.some((other) => !other.isAttached)) return;
    desk.isAttached = false;
    this.#tell('adapter.detached', { message: `adapter ${desk.id} (http) lost its stream: cut`, cause: 'cut' });
    this.#nowMs += 6_000;
  }

  /** What it missed is made good as soon as it registers. */
  #return(desk: Desk): void {
    if (desk.isAttached) return;
    desk.isAttached = true;
    this.#tell('adapter.attached', { message: `adapter ${desk.id} (http) is attached with 1 channels, again` });
    for (const [slot, { id }] of this.#serving) {
      if (desk.eligible.get(slot) !== id) this.#switch(desk, slot, '', desk.eligible.get(slot) ?? '', id);
    }
  }

  #start(slot: string, host: string): Process {
    const generation = (this.#generations.get(slot) ?? 0) + 1;
    this.#generations.set(slot, generation);
    this.#workers++;
    const worker = { id: `w${this.#workers}`, slot, generation, pid: 100 + this.#workers, host };
    this.#live.set(worker.id, worker);
    this.#tell('worker.starting', named(worker));
    this.#tell('worker.ready', named(worker));
    return worker;
  }

  #switch(desk: Desk, slot: string, recycle: string, from: string, to: string): number {
    const inFlight = desk.open.filter(({ worker }) => worker === from).length;
    desk.eligible.set(slot, to);
    const facts = { pool: poolOf(slot), channel: `${desk.id}/1`, slot, recycle, from, to, inFlight };
    desk.lines.push({ kind: 'handover', atMs: this.#tick(), n: ++desk.n, ...facts });
    return inFlight;
  }

  /** Answers what the worker has begun. */
  #finish({ id }: Process): void {
    for (const desk of this.desks) {
      for (let at = desk.open.length - 1; at >= 0; at--) if (desk.open[at]!.worker === id) this.#answer(desk, at);
    }
  }

  #die(worker: Process, type: string): void {
    this.#finish(worker);
    this.#live.delete(worker.id);
    this.#tell(type, named(worker));
  }

  #tell(type: string, facts: Partial<EventRecord>): void {
    const empty = {
      pool: poolOf(facts.slot ?? ''),
      slot: '',
      worker: '',
      generation: 0,
      host: '',
      cause: '',
      message: '',
      recycle: '',
      channel: '',
    };
    this.events.push({ atMs: this.#tick(), type, ...empty, from: '', to: '', inFlight: 0, ...facts });
  }

  #tick(): number {
    this.#nowMs += TICK_MS;
    return this.#nowMs;
  }
}

const poolOf = (slot: string) => slot.slice(0, Math.max(0, slot.lastIndexOf('/')));
const named = ({ id, slot, generation, host }: Process) => ({ worker: id, slot, generation, host });
