import type { FaultPlan, Faults } from './faults.ts';
import type { SocketMode } from './socket-mode.ts';

/** The faults as a test asks for them. */
export function planFaults(plan: FaultPlan, sockets: SocketMode): Faults {
  return {
    rateLimit: (method, { retryAfterSeconds, times }) =>
      plan.add(method, { kind: 'rate limit', retryAfterSeconds }, times),
    fail500: (method, times) => plan.add(method, { kind: 'server error' }, times),
    refuse: (method, error, times = Number.POSITIVE_INFINITY) =>
      plan.add(method, { kind: 'refuse', error }, times),
    hang: (method) => plan.add(method, { kind: 'hang' }, Number.POSITIVE_INFINITY),
    postLostAnswer: (method, times = 1) => plan.add(method, { kind: 'lose answer' }, times),
    dropConnection: (which = 'all') => sockets.drop(which),
    requestReconnect: (reason, which = 'all') => sockets.requestReconnect(reason, which),
    clear: () => plan.clear(),
  };
}
