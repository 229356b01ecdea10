import type { RecordedRequest } from './recorded-request.ts';

export type Match = (request: RecordedRequest) => boolean;

/** A fault that is on until it is removed. */
export interface ActiveFault {
  readonly remove: () => void;
}

/** A request that waits until a test says how it goes on. */
export interface Hold {
  /** Somebody waits. */
  readonly reached: Promise<void>;
  /** `forget`: the connection is closed; before it was carried out, nothing is. */
  readonly release: (how: 'go on' | 'forget') => void;
  readonly arrive: () => Promise<'go on' | 'forget'>;
}

export type Fault =
  | { readonly kind: 'hang' }
  | { readonly kind: 'slow'; readonly delayMs: number }
  | { readonly kind: 'status'; readonly code: number }
  | { readonly kind: 'drop connection' }
  | { readonly kind: 'hold before'; readonly hold: Hold }
  | { readonly kind: 'hold answer'; readonly hold: Hold }
  | { readonly kind: 'lose answer' }
  | { readonly kind: 'cut exec'; readonly afterBytes: number }
  | { readonly kind: 'close exec without status' }
  | { readonly kind: 'exec rate'; readonly bytesPerSecond: number };

type Times = 'once' | 'until removed';

export type HeldFault = ActiveFault & Pick<Hold, 'reached' | 'release'>;

/** What can go wrong on demand. Without a match a fault hits every request. */
export class Faults {
  readonly #active = new Set<{ readonly fault: Fault; readonly match: Match; readonly times: Times }>();
  readonly #deniedTokens = new Set<string>();

  /** The request is read and never answered. */
  readonly hang = (match?: Match) => this.#add({ kind: 'hang' }, match);
  /** The request is answered `delayMs` later. */
  readonly slow = (delayMs: number, match?: Match) => this.#add({ kind: 'slow', delayMs }, match);
  /** The request is answered with this HTTP status and a Status body. */
  readonly status = (code: number, match?: Match) => this.#add({ kind: 'status', code }, match);
  /** The next request that matches is answered with this status, once: 409 for a lost race, 503 for a restart. */
  readonly statusOnce = (code: number, match?: Match) => this.#add({ kind: 'status', code }, match, 'once');
  /** The connection is closed without an answer. */
  readonly dropConnection = (match?: Match) => this.#add({ kind: 'drop connection' }, match);
  /** The connection of an exec breaks after so many bytes of output, stdout and stderr together. */
  readonly cutExecAfterBytes = (afterBytes: number, match?: Match) =>
    this.#add({ kind: 'cut exec', afterBytes }, match);
  /** The next request that matches waits before it is carried out. */
  readonly holdBefore = (match: Match): HeldFault => this.#hold('hold before', match);
  /** The next request that matches is carried out, and waits before it is answered. */
  readonly holdAnswer = (match: Match): HeldFault => this.#hold('hold answer', match);
  /** The request is carried out and the connection closed without an answer. */
  readonly loseAnswer = (match?: Match) => this.#add({ kind: 'lose answer' }, match);
  /** The next request that matches is carried out and its connection closed without an answer, once. */
  readonly loseAnswerOnce = (match?: Match) => this.#add({ kind: 'lose answer' }, match, 'once');
  /** An exec sends all its output and closes with 1000, without a Status. */
  readonly closeExecWithoutStatus = (match?: Match) =>
    this.#add({ kind: 'close exec without status' }, match);
  /** An exec sends no more than so many bytes a second. */
  readonly limitExecRate = (bytesPerSecond: number, match?: Match) =>
    this.#add({ kind: 'exec rate', bytesPerSecond }, match);

  /** The token is not valid any more: 401 from the next request on. */
  readonly denyToken = (token: string): ActiveFault => {
    this.#deniedTokens.add(token);
    return { remove: () => this.#deniedTokens.delete(token) };
  };

  isDenied(token: string): boolean {
    return this.#deniedTokens.has(token);
  }

  /** The active faults that hit this request, oldest first. */
  hitting(request: RecordedRequest): readonly Fault[] {
    const hitting = [...this.#active].filter(({ match }) => match(request));
    for (const entry of hitting) if (entry.times === 'once') this.#active.delete(entry);
    return hitting.map(({ fault }) => fault);
  }

  clear(): void {
    this.#active.clear();
    this.#deniedTokens.clear();
  }

  #hold(kind: 'hold before' | 'hold answer', match: Match): HeldFault {
    const reached = Promise.withResolvers<void>();
    const released = Promise.withResolvers<'go on' | 'forget'>();
    let waiting = false;
    const hold: Hold = {
      reached: reached.promise,
      release: (how) => {
        active.remove();
        released.resolve(how);
      },
      arrive: () => {
        waiting = true;
        reached.resolve();
        return released.promise;
      },
    };
    // One request is held; those that come meanwhile pass.
    const active = this.#add({ kind, hold }, (request) => !waiting && match(request));
    return { ...active, reached: hold.reached, release: hold.release };
  }

  #add(fault: Fault, match: Match = () => true, times: Times = 'until removed'): ActiveFault {
    const entry = { fault, match, times };
    this.#active.add(entry);
    return { remove: () => this.#active.delete(entry) };
  }
}
