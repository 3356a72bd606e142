import {
  RQ_AUTHENTICATE_REQUEST,
  RQ_EXECUTE_REQUEST_HANDLER,
  RQ_LOG_REQUEST,
  RQ_SEND_RESPONSE,
} from '../constants/request-notifications.ts';
import { type HandlerName, type NotificationFacts, STEPS, UNSEQUENCED } from './notification-facts.ts';
import { byPriority } from './priority.ts';
import type { Registration } from './registration.ts';

/** Handlers of one notification, or of its post notification, in the order they are called. */
export interface Stage {
  readonly notification: number;
  readonly isPost: boolean;
  readonly handler: HandlerName;
  readonly registrations: readonly Registration[];
  /** The host's own turn: it settles who the user is, or hands the request to the app. */
  readonly own: 'user' | 'app' | undefined;
  /** LOG_REQUEST and END_REQUEST, which every request comes to. */
  readonly isEnding: boolean;
}

/** What a request goes through, worked out once for all requests. */
export interface Plan {
  /** The steps that have somebody to call, the app's among them. */
  readonly stages: readonly Stage[];
  /** Where a request goes on that is finished during a stage, by the stage's place. */
  readonly finishAt: readonly number[];
  /** By the bit. */
  readonly unsequenced: ReadonlyMap<number, Stage>;
  /** The bits of those. */
  readonly unsequencedMask: number;
}

/** The modules in the order of their list. */
export function makePlan(modules: readonly Registration[]): Plan {
  const stages: Stage[] = [];
  for (const step of STEPS) {
    const stage = makeStage(modules, step, false);
    if (stage.registrations.length > 0) stages.push(stage);
    if (step.bit === RQ_AUTHENTICATE_REQUEST) stages.push({ ...stage, registrations: [], own: 'user' });
    if (step.bit === RQ_EXECUTE_REQUEST_HANDLER) stages.push({ ...stage, registrations: [], own: 'app' });
    const post = makeStage(modules, step, true);
    if (post.registrations.length > 0) stages.push(post);
  }
  const unsequenced = new Map<number, Stage>();
  for (const facts of UNSEQUENCED) {
    const stage = makeStage(modules, facts, false);
    if (stage.registrations.length > 0) unsequenced.set(facts.bit, stage);
  }
  const unsequencedMask = [...unsequenced.keys()].reduce((mask, bit) => mask | bit, 0);
  return { stages, finishAt: stages.map((stage) => placeAfter(stages, stage)), unsequenced, unsequencedMask };
}

function makeStage(modules: readonly Registration[], facts: NotificationFacts, isPost: boolean): Stage {
  const { bit } = facts;
  const subscribed = modules.filter((module) => ((isPost ? module.postMask : module.requestMask) & bit) !== 0);
  return {
    notification: bit,
    isPost,
    handler: isPost ? facts.postHandler! : facts.handler,
    registrations: byPriority(subscribed, (module) => module.priorities.rankOf(bit), bit === RQ_SEND_RESPONSE),
    own: undefined,
    isEnding: bit >= RQ_LOG_REQUEST && bit <= 0xfff,
  };
}

/** LOG_REQUEST for whatever is before it, else the next step. */
function placeAfter(stages: readonly Stage[], stage: Stage): number {
  const place = stages.findIndex(({ notification }) => notification >= RQ_LOG_REQUEST && notification > stage.notification);
  return place < 0 ? stages.length : place;
}
