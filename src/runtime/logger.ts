import { destination, type Logger, pino } from 'pino';

export type { Logger } from 'pino';

export interface LoggerOptions {
  readonly level: string;
  /** Applied to every line as it is written: the last thing that happens to it. */
  readonly redact: (text: string) => string;
}

/** JSON lines on stdout, written synchronously, so that a process that dies has said why. */
export const createLogger = ({ level, redact }: LoggerOptions): Logger =>
  pino({ level, base: null, hooks: { streamWrite: redact } }, destination({ fd: 1, sync: true }));
