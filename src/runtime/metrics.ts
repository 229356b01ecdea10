import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client';

/** Evidence takes from a second to an hour. */
const RUN_SECONDS_BUCKETS = [1, 5, 15, 60, 300, 900, 3600];

export interface Metrics {
  /** Prometheus text. */
  scrape(): Promise<string>;
  readonly contentType: string;
  runEnded(verb: string, state: string, seconds: number): void;
  /** `verdict`: what a repeated proof came to, or that it came to none. */
  proofRepeated(verb: string, verdict: string): void;
}

export const createMetrics = (): Metrics => {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const ended = new Counter({
    name: 'firebreak_runs_ended_total',
    help: 'Runs that this process brought to an end.',
    labelNames: ['verb', 'state'],
    registers: [registry],
  });
  const seconds = new Histogram({
    name: 'firebreak_run_duration_seconds',
    help: 'From the claim of a run to its end.',
    labelNames: ['verb'],
    buckets: RUN_SECONDS_BUCKETS,
    registers: [registry],
  });
  const proofs = new Counter({
    name: 'firebreak_proofs_repeated_total',
    help: 'Proofs of runs in force that this process repeated.',
    labelNames: ['verb', 'verdict'],
    registers: [registry],
  });
  return {
    scrape: () => registry.metrics(),
    contentType: registry.contentType,
    runEnded: (verb, state, duration) => {
      ended.inc({ verb, state });
      seconds.observe({ verb }, duration);
    },
    proofRepeated: (verb, verdict) => {
      proofs.inc({ verb, verdict });
    },
  };
};
