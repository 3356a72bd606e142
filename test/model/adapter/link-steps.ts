import { Frame, Leaving, Life, Line, Mark, Phase, Role, Stop, Work } from '../state/words.ts';
import { named, type System } from '../system.ts';
import type { Adapter } from './adapter.ts';
import { deliver } from './deliver.ts';
import { endLink } from './end-of-link.ts';
import type { Link } from './link.ts';
import { drain, noteEnd, switchTo } from './switch-to.ts';

/** What happens on the link between one worker and one adapter, at both ends. */
export function offerLinkSteps(system: System, adapter: Adapter, link: Link): void {
  const { worker, line } = link;
  if (line === Line.none && worker.life === Life.up && adapter.hasOpened !== 0 && mayDial(system, link)) {
    system.step(
      () => `${worker.name} connects to ${adapter.name}`,
      () => connect(system, adapter, link),
    );
  }
  if (line === Line.up && worker.isAlive) {
    system.goesWrong(
      'linkDrop',
      () => `the link of ${worker.name} to ${adapter.name} drops`,
      () => {
        link.line = Line.down;
        if (!system.rules.replayFrames) link.frames.clear();
      },
    );
  }
  if (line === Line.down && worker.isAlive) {
    system.step(
      () => `the link of ${worker.name} to ${adapter.name} resumes`,
      () => {
        link.line = Line.up;
        deliver(system, adapter);
      },
    );
  }
  if (link.isOpen && worker.isDead)
    system.step(
      () => `${adapter.name} sees the end of ${worker.name}`,
      () => endLink(system, adapter, link),
    );
  if (line === Line.up && worker.isAlive) {
    const frame = link.frames.first;
    if (frame === Frame.drain) offerDrainFrame(system, adapter, link);
    else if (frame === Frame.resume) offerResumeFrame(system, adapter, link);
    else if (frame > 0) offerOpenFrame(system, adapter, link, frame);
    if (link.leaving === Leaving.said) offerLeaving(system, adapter, link);
  }
}

/** A worker that has said it is idle dials nothing until WAS has answered. */
function mayDial({ rules, world: { redis, leader } }: System, { worker }: Link): boolean {
  const isAskedAbout = redis.kind === Stop.idle && redis.from === worker.generation && leader.phase !== Phase.rolling;
  return !(rules.idleDialsNothing && isAskedAbout);
}

function connect(system: System, adapter: Adapter, link: Link): void {
  const { generation, role } = link.worker;
  const { lateConnect } = system.rules;
  link.line = Line.up;
  if (link.mark !== Mark.none) link.send(Frame.drain);
  if (link.mark === Mark.resuming) link.send(Frame.resume);
  const eligible = adapter.eligibleGeneration;
  const mayBegin = role === Role.activation && (!lateConnect || (link.mark === Mark.none && eligible < generation));
  if (mayBegin && lateConnect && eligible !== 0 && !system.has('eligible-on-connect')) {
    switchTo(system, adapter, eligible, generation);
    return;
  }
  if (mayBegin || system.has('eligible-on-connect')) adapter.addEligible(generation);
  if (mayBegin && !system.has('eligible-on-connect')) adapter.isOrphan = 0;
  deliver(system, adapter);
}

function offerDrainFrame(system: System, adapter: Adapter, link: Link): void {
  system.step(
    () => `${link.worker.name} reads the drain frame of ${adapter.name}`,
    () => {
      link.frames.shift();
      link.hasReadDrain = 1;
    },
  );
}

function offerResumeFrame(system: System, adapter: Adapter, link: Link): void {
  const { worker } = link;
  const { resumeAcked } = system.rules;
  const isServing = worker.life === Life.up;
  const answer = !resumeAcked ? '' : isServing ? ' and acknowledges it' : ' but has been told to stop';
  system.step(
    () => `${worker.name} reads the resume frame of ${adapter.name}${answer}`,
    () => {
      link.frames.shift();
      if (!isServing && resumeAcked) return;
      link.hasReadDrain = 0;
      if (link.mark !== Mark.resuming) return;
      link.mark = Mark.none;
      deliver(system, adapter);
    },
  );
}

function offerOpenFrame(system: System, adapter: Adapter, link: Link, number: number): void {
  const { worker } = link;
  const { leaving } = system.rules;
  const request = system.world.requests[number - 1]!;
  system.step(
    () => `${worker.name} begins ${request.name}`,
    () => {
      link.frames.shift();
      request.state = Work.running;
      if (request.executions < 2) request.executions++;
      if (!request.isSafe && request.executions > 1) system.violate('an unsafe request was executed twice');
    },
  );
  if (worker.life !== Life.stopping || (leaving && link.leaving !== Leaving.heard)) return;
  system.step(
    () => `${worker.name} refuses ${request.name} with NOT_BEGUN`,
    () => {
      link.frames.shift();
      request.state = Work.parked;
      request.worker = 0;
      noteEnd(request);
      if (!leaving) adapter.removeEligible(worker.generation);
      deliver(system, adapter);
    },
  );
}

function offerLeaving(system: System, adapter: Adapter, link: Link): void {
  const { generation, name, successor } = link.worker;
  system.step(
    () => `${adapter.name} hears that ${name} is leaving, successor ${named(successor)}`,
    () => {
      link.leaving = Leaving.heard;
      if (adapter.isEligible(generation)) switchTo(system, adapter, generation, successor);
      else drain(link);
    },
  );
}
