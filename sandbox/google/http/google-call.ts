/** A request as it came to one of Google's services. */
export interface GoogleCall {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: string;
}

export interface GoogleAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON, a string as it is. */
  readonly body: unknown;
}

/** One service: names what a call asks for, before anything about it is believed, and decides on it. */
export interface GoogleService {
  actionOf(call: GoogleCall): string;
  answer(call: GoogleCall): GoogleAnswer;
}

export const bearerOf = ({ headers }: GoogleCall): string => {
  const { authorization } = headers;
  return typeof authorization === 'string' ? authorization.replace(/^Bearer /u, '') : '';
};
