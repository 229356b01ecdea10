import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { splitTarget } from '../signature-v4/raw-query.ts';
import { type ValidSignature, verifySignatureV4 } from '../signature-v4.ts';
import type { AccessKeys } from './access/access-keys.ts';
import { refuseSignature } from './access/refuse-signature.ts';
import { IncomingBody } from './body/incoming-body.ts';
import { payloadHashOf } from './body/payload-hash.ts';
import { Call, type Place } from './call.ts';
import { CARRY_OUT } from './carry-out.ts';
import { ConnectionCut } from './faults/connection-cut.ts';
import type { Faults } from './faults/faults.ts';
import { bodyInterference, underFault } from './faults/interfere.ts';
import { addressOf } from './protocol/address.ts';
import type { Answer } from './protocol/answer.ts';
import { operationOf } from './protocol/operation-of.ts';
import { S3Error } from './protocol/s3-error.ts';
import type { S3Operation } from './protocol/s3-operations.ts';
import type { RecordedRequests } from './recorded-requests.ts';
import { sendAnswer, sendError } from './send-answer.ts';

export interface Receiving {
  readonly place: Place;
  readonly accessKeys: AccessKeys;
  readonly faults: Faults;
  readonly requests: RecordedRequests;
  readonly clock: () => Date;
  /** Told of what is the stand-in's own mistake. */
  readonly onProblem: (problem: unknown) => void;
}

interface Understood {
  readonly id: string;
  readonly bucket: string;
  readonly key: string;
  readonly query: ReadonlyMap<string, string>;
  readonly operation: S3Operation | undefined;
  readonly now: Date;
}

/** Takes one HTTP request from its first byte to its last answer. */
export async function receiveRequest(
  receiving: Receiving,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const understood = understand(request, receiving.clock());
  const { id } = understood;
  const { requests } = receiving;
  requests.begin(
    { id, at: understood.now.getTime(), method: request.method ?? '', ...only(understood) },
    understood.query,
    request.headers,
  );
  response.setHeader('x-amz-request-id', id);
  response.setHeader('x-amz-id-2', 'stand-in');
  response.setHeader('server', 'AmazonS3');
  // Clients set their clocks by it.
  response.setHeader('date', understood.now.toUTCString());
  try {
    const answer = await answerTo(receiving, request, response, understood);
    requests.note(id, { outcome: answer.status });
    await sendAnswer(request, response, answer);
  } catch (error) {
    await refuse(receiving, request, response, id, error);
  }
}

function understand(request: IncomingMessage, now: Date): Understood {
  const { path, query } = splitTarget(request.url ?? '/');
  const values = new Map(query);
  const { bucket, key } = addressOf(request.headers.host ?? '', path);
  const operation = operationOf({
    method: request.method ?? '',
    bucket,
    key,
    has: (name) => values.has(name),
    copies: request.headers['x-amz-copy-source'] !== undefined,
  });
  return { id: randomBytes(8).toString('hex').toUpperCase(), bucket, key, query: values, operation, now };
}

function only({ operation, bucket, key }: Understood) {
  return { operation, bucket, key };
}

async function answerTo(
  receiving: Receiving,
  request: IncomingMessage,
  response: ServerResponse,
  understood: Understood,
): Promise<Answer> {
  const { bucket, key, query, operation, now, id } = understood;
  const signature = checkSignature(receiving, request, now);
  receiving.requests.note(id, { accessKeyId: signature.accessKeyId });
  if (operation === undefined) throw new S3Error('NotImplemented');
  const gone = new Promise<void>((resolve) => response.once('close', () => resolve()));
  const partNumber = query.has('partNumber') ? Number(query.get('partNumber')) : undefined;
  const hit = receiving.faults.meet({ operation, bucket, key, partNumber });
  const body = new IncomingBody({
    incoming: request,
    signature,
    beforeReading: () => {
      if (request.headers.expect !== undefined) response.writeContinue();
    },
    interference: bodyInterference(hit, gone),
  });
  const call = new Call({
    place: receiving.place,
    operation,
    bucketName: bucket,
    key,
    query,
    headers: request.headers,
    accessKeyId: signature.accessKeyId,
    policy: receiving.accessKeys.find(signature.accessKeyId)?.policy ?? {},
    body,
    now: now.getTime(),
  });
  return underFault(hit, gone, () => CARRY_OUT[operation](call));
}

function checkSignature(receiving: Receiving, request: IncomingMessage, now: Date): ValidSignature {
  const place = request.headers.authorization === undefined ? 'query' : 'header';
  const verdict = verifySignatureV4(
    {
      method: request.method ?? '',
      target: request.url ?? '/',
      headers: request.headersDistinct,
      payloadHash: payloadHashOf(request.headers, place),
    },
    {
      service: 's3',
      region: receiving.place.region,
      now,
      accessKey: (accessKeyId) => receiving.accessKeys.find(accessKeyId),
      pathRule: 's3',
    },
  );
  if (verdict.kind === 'valid') return verdict;
  throw refuseSignature(verdict, now);
}

async function refuse(
  receiving: Receiving,
  request: IncomingMessage,
  response: ServerResponse,
  id: string,
  error: unknown,
): Promise<void> {
  const { requests } = receiving;
  if (error instanceof ConnectionCut || response.destroyed || request.socket.destroyed || request.errored) {
    requests.note(id, { outcome: 'cut' });
    response.destroy();
    return;
  }
  const known = error instanceof S3Error ? error : new S3Error('InternalError');
  if (known !== error) receiving.onProblem(error);
  requests.note(id, { outcome: known.status, error: known.code });
  if (response.headersSent) response.destroy();
  else {
    await sendError(request, response, known, id).catch(() => response.destroy());
    // What the client still sends is let through, or it would never read the answer.
    request.resume();
  }
}
