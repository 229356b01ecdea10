import { PARTIAL_SUFFIX } from '../core/evidence.ts';
import { FirebreakError } from '../core/firebreak-error.ts';

/** Where `supersede` puts what an earlier capture left: `superseded-1/`, `superseded-2/`. */
export const SUPERSEDED_FOLDER = /^superseded-[1-9]\d*$/;

/** Whether a path within a bundle lies in what an earlier capture left. */
export const isSuperseded = (name: string): boolean => SUPERSEDED_FOLDER.test(name.split('/')[0] ?? '');

/** NAME_MAX of Linux file systems; the suffix has to fit too. */
const SEGMENT_LIMIT_BYTES = 255 - PARTIAL_SUFFIX.length;

const refuse = (name: string, why: string): never => {
  throw new FirebreakError({
    code: 'evidence-store',
    message: `The evidence store refuses the name ${JSON.stringify(name)}: ${why}.`,
    next: 'Report this name to whoever runs Firebreak; nothing was written under it.',
  });
};

const checkSegment = (name: string, segment: string): void => {
  if (segment === '') refuse(name, 'a part of it is empty or it is absolute');
  if (segment === '.' || segment === '..') refuse(name, 'it leaves its folder');
  if (/[\0\\]/.test(segment)) refuse(name, 'it holds a NUL or a backslash');
  if (Buffer.byteLength(segment) > SEGMENT_LIMIT_BYTES) refuse(name, 'a part of it is too long');
};

/**
 * Checks the path of an object within its bundle and returns its parts. Names come from Firebreak, but container
 * names in them are the cluster's. Throws `evidence-store`.
 */
export const objectSegments = (name: string): readonly string[] => {
  const segments = name.split('/');
  for (const segment of segments) checkSegment(name, segment);
  if (name.endsWith(PARTIAL_SUFFIX)) refuse(name, `${PARTIAL_SUFFIX} marks what is unfinished`);
  if (SUPERSEDED_FOLDER.test(segments[0] ?? '')) refuse(name, 'earlier captures lie there');
  return segments;
};

/** Checks a bundle's name, `<case>/<run>`. Throws `evidence-store`. */
export const bundleSegments = (bundle: string): readonly string[] => {
  const segments = bundle.split('/');
  for (const segment of segments) checkSegment(bundle, segment);
  if (segments.length !== 2) refuse(bundle, 'a bundle is named <case>/<run>');
  return segments;
};
