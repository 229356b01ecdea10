import type { RecordedRequest } from '../../sandbox/cluster/api/recorded-request.ts';

const isPatch = ({ method }: RecordedRequest): boolean => method === 'PATCH';

export const isDryRun = (request: RecordedRequest): boolean =>
  isPatch(request) && request.path.includes('dryRun=All');

/** A PATCH that is meant. */
export const isRealPatch = (request: RecordedRequest): boolean => isPatch(request) && !isDryRun(request);

export const carriedOut = (requests: readonly RecordedRequest[]): readonly RecordedRequest[] =>
  requests.filter((request) => isRealPatch(request) && request.status === 200);
