import type { Fault, FaultRule, FaultTarget } from './fault.ts';

/** A fault that was ordered. */
export interface PlannedFault {
  /** How many requests it has hit. */
  hits(): number;
  /** Resolves when the first request is hit: for the ones in the body, when the bytes have come. */
  readonly reached: Promise<void>;
  /** Lets go of what is held, now and later. */
  release(): void;
  /** No further request is hit, and what is held goes on. */
  cancel(): void;
}

/** A fault as the server meets it. */
export interface Hit {
  readonly fault: Fault;
  readonly released: Promise<void>;
  readonly markReached: () => void;
}

interface Plan extends PlannedFault {
  readonly rule: FaultRule;
  readonly seen: () => number;
  readonly hit: () => Hit;
}

/** Faults on demand. The oldest that matches is the one that a request meets. */
export class Faults {
  readonly #plans: Plan[] = [];

  /** Orders a fault for requests to come. */
  next(rule: FaultRule): PlannedFault {
    const plan = newPlan(rule);
    this.#plans.push(plan);
    return plan;
  }

  /** Forgets all of them and lets go of what is held. */
  clear(): void {
    for (const plan of this.#plans.splice(0)) plan.cancel();
  }

  /** For the server: every matching plan counts the request, one of them hits it. */
  meet(target: FaultTarget): Hit | undefined {
    let met: Hit | undefined;
    for (const plan of this.#plans) {
      if (!matches(plan.rule, target)) continue;
      const number = plan.seen();
      const first = plan.rule.nth ?? 1;
      const due = number >= first && number < first + (plan.rule.times ?? 1);
      if (due && met === undefined) met = plan.hit();
    }
    return met;
  }
}

function newPlan(rule: FaultRule): Plan {
  const reached = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  let seen = 0;
  let hits = 0;
  let cancelled = false;
  return {
    rule,
    reached: reached.promise,
    hits: () => hits,
    release: released.resolve,
    cancel: () => {
      cancelled = true;
      released.resolve();
    },
    seen: () => (cancelled ? 0 : ++seen),
    hit: () => {
      hits++;
      return { fault: rule.fault, released: released.promise, markReached: reached.resolve };
    },
  };
}

function matches(rule: FaultRule, target: FaultTarget): boolean {
  const { operation, key } = rule;
  return (
    (operation === undefined || [operation].flat().includes(target.operation)) &&
    (rule.bucket === undefined || rule.bucket === target.bucket) &&
    (rule.partNumber === undefined || rule.partNumber === target.partNumber) &&
    (key === undefined || (typeof key === 'string' ? key === target.key : key.test(target.key)))
  );
}
