/** Who is logged in where a command of Firebreak's is run, as the operating system says. */
export interface HostUser {
  /** The real user id; -1 where the system counts none. */
  readonly uid: number;
  /** The name of that user; empty where the system has none for the number, as in a container. */
  readonly login: string;
  /** The machine's own name. */
  readonly host: string;
}
