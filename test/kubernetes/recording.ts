import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** One exchange as a Kubernetes 1.36.2 cluster had it. */
const recordingSchema = z.object({
  request: z.object({
    method: z.string().optional(),
    path: z.string().optional(),
    body: z.unknown().optional(),
    container: z.string().optional(),
    command: z.array(z.string()).optional(),
  }),
  response: z
    .object({ status: z.number(), headers: z.record(z.string(), z.string()), body: z.unknown().optional() })
    .optional(),
  subprotocol: z.string().optional(),
  sent: z.array(z.object({ base64: z.string() })).optional(),
  received: z.array(z.object({ channel: z.number(), base64: z.string() })).optional(),
  close: z.object({ code: z.number() }).optional(),
});
export type Recording = z.infer<typeof recordingSchema>;

const FOLDER = new URL('../../src/kubernetes/recordings/', import.meta.url);

export const recording = (name: string): Recording =>
  recordingSchema.parse(JSON.parse(readFileSync(new URL(`${name}.json`, FOLDER), 'utf8')));

/** The body as the server wrote it: JSON, plain text, or nothing. */
export const recordedBody = (played: Recording): string =>
  typeof played.response?.body === 'string' ? played.response.body : JSON.stringify(played.response?.body);

/** The recorded headers, with the length of the body as it is sent now. */
export const recordedHeaders = (played: Recording): Readonly<Record<string, string>> => ({
  ...played.response?.headers,
  'content-length': String(Buffer.byteLength(recordedBody(played))),
});
