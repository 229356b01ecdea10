import { z } from 'zod';
import type { ExecStatus } from '../core/cluster.ts';

const statusSchema = z.object({
  status: z.enum(['Success', 'Failure']),
  reason: z.string().optional(),
  message: z.string().optional(),
  details: z
    .object({
      causes: z.array(z.object({ reason: z.string().optional(), message: z.string().optional() })).optional(),
    })
    .optional(),
});

/**
 * The `Status` on channel 3 of the v4 and v5 subprotocols. The exit code is a decimal string in the cause whose reason
 * is `ExitCode` (metav1.StatusCause: the Go field is `Type`, the JSON key `reason`). A failure without such a code, like
 * an executable that does not exist, is `failed` with the server's message. Anything else allows no conclusion.
 */
export const parseExecStatus = (text: string): ExecStatus => {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { kind: 'unknown', why: 'the status that ended the stream is not JSON' };
  }
  const parsed = statusSchema.safeParse(json);
  if (!parsed.success)
    return { kind: 'unknown', why: 'the status that ended the stream has an unknown shape' };
  const { status, reason, message, details } = parsed.data;
  if (status === 'Success') return { kind: 'exited', code: 0 };
  if (reason !== 'NonZeroExitCode') {
    return { kind: 'failed', reason: reason ?? 'Unknown', message: message ?? '' };
  }
  const code = details?.causes?.find((cause) => cause.reason === 'ExitCode')?.message ?? '';
  // An exit status is one byte; 0 would contradict the reason.
  if (!/^\d{1,3}$/u.test(code) || Number(code) > 255 || Number(code) === 0) {
    return { kind: 'unknown', why: 'the status says a non-zero exit but not which' };
  }
  return { kind: 'exited', code: Number(code) };
};
