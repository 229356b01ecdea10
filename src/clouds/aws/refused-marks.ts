import type { Clock } from '../../core/clock.ts';
import type { SessionMarks } from './session-marks.ts';

/** How long a refusal is taken for granted: a trust policy that is widened counts after this. */
const REMEMBERED_MS = 3_600_000;

const MARKS = ['sourceIdentity', 'tags'] as const satisfies readonly (keyof SessionMarks)[];

/** Which marks which role did not take, so that they are not tried at each run. There are as many as roles configured. */
export class RefusedMarks {
  readonly #clock: Pick<Clock, 'now'>;
  /** Until when, in milliseconds since the epoch, by role and mark. */
  readonly #until = new Map<string, number>();

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
  }

  /** The marks that are worth trying. */
  worthTrying(roleArn: string, { sourceIdentity, tags }: SessionMarks): SessionMarks {
    return {
      ...(sourceIdentity === undefined || this.#isRefused(roleArn, 'sourceIdentity')
        ? {}
        : { sourceIdentity }),
      ...(tags === undefined || this.#isRefused(roleArn, 'tags') ? {} : { tags }),
    };
  }

  /** Those that the role did not take lately. */
  of(roleArn: string): readonly (keyof SessionMarks)[] {
    return MARKS.filter((mark) => this.#isRefused(roleArn, mark));
  }

  /** The role was assumed with `taken` alone of what was tried. */
  remember(roleArn: string, tried: SessionMarks, taken: SessionMarks): void {
    const until = this.#clock.now().getTime() + REMEMBERED_MS;
    for (const mark of MARKS)
      if (tried[mark] !== undefined && taken[mark] === undefined)
        this.#until.set(`${mark} ${roleArn}`, until);
  }

  #isRefused(roleArn: string, mark: keyof SessionMarks): boolean {
    return this.#clock.now().getTime() < (this.#until.get(`${mark} ${roleArn}`) ?? 0);
  }
}
