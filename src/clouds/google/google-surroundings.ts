import type { Clock } from '../../core/clock.ts';

/** What the Google parts need of the process they run in. */
export interface GoogleSurroundings {
  /** Home directory, for gcloud's folder, and the folder that relative paths start from. */
  readonly home: string;
  readonly baseDir: string;
  readonly clock: Clock;
  /** The process's variables: Google's own, HTTPS_PROXY and NO_PROXY. An empty one counts as absent. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** An empty variable counts as absent, as in a Compose file. */
export const variable = ({ environment }: GoogleSurroundings, name: string): string | undefined =>
  environment[name] === '' ? undefined : environment[name];
