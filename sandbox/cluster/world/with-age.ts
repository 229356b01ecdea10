import type { PodManifest } from '../api/pod.ts';
import { secondsText } from '../writes/seconds-text.ts';

const AGE_MS = 3_600_000;

/** The pod as one that was made an hour ago, unless it says when it was made. */
export const withAge = (manifest: PodManifest): PodManifest => {
  const creationTimestamp = secondsText(new Date(Date.now() - AGE_MS));
  return { ...manifest, metadata: { creationTimestamp, ...manifest.metadata } };
};
