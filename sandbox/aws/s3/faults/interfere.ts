import type { Answer } from '../protocol/answer.ts';
import { S3Error } from '../protocol/s3-error.ts';
import { element, errorDocument } from '../protocol/write-xml.ts';
import { BodyInterference } from './body-interference.ts';
import { ConnectionCut } from './connection-cut.ts';
import type { Hit } from './faults.ts';

/** The part of a fault that stands in the request's body. */
export function bodyInterference(hit: Hit | undefined, gone: Promise<void>): BodyInterference | undefined {
  if (hit?.fault.kind !== 'cut body' && hit?.fault.kind !== 'hold in the body') return undefined;
  return new BodyInterference(hit, hit.fault.afterBytes, gone);
}

/**
 * Carries the operation out under a fault: before it, instead of it, or after it. Throws ConnectionCut where nobody is
 * to get an answer.
 */
export async function underFault(
  hit: Hit | undefined,
  gone: Promise<void>,
  carryOut: () => Promise<Answer>,
): Promise<Answer> {
  if (hit === undefined) return carryOut();
  const { fault } = hit;
  switch (fault.kind) {
    case 'refuse':
      hit.markReached();
      throw new S3Error(fault.code, { message: fault.message });
    case 'refuse in a 200': {
      hit.markReached();
      const error = new S3Error(fault.code);
      const text = errorDocument([element('Code', error.code), element('Message', error.message)]);
      return { status: 200, headers: { 'content-type': 'application/xml' }, text };
    }
    case 'hold before':
      hit.markReached();
      await releasedOrGone(hit, gone);
      return carryOut();
    case 'hold answer': {
      const answer = await carryOut();
      hit.markReached();
      await releasedOrGone(hit, gone);
      return answer;
    }
    case 'lose answer':
      await carryOut();
      hit.markReached();
      throw new ConnectionCut('the answer was lost');
    case 'cut answer':
      hit.markReached();
      return { ...(await carryOut()), cutAfterBytes: fault.afterBytes };
    case 'cut body':
    case 'hold in the body':
      return carryOut();
  }
}

async function releasedOrGone(hit: Hit, gone: Promise<void>): Promise<void> {
  const first = await Promise.race([hit.released.then(() => 'released'), gone.then(() => 'gone')]);
  if (first === 'gone') throw new ConnectionCut('the client went away');
}
