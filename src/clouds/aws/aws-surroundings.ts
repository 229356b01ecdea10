import type { Clock } from '../../core/clock.ts';

/** What the AWS parts need of the process they run in. */
export interface AwsSurroundings {
  /** Home directory, for `~/.aws`. */
  readonly home: string;
  readonly clock: Clock;
  /** The process's variables: AWS's own, HTTPS_PROXY and NO_PROXY. An empty one counts as absent. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}
