import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { PlayedCloud } from '../sandbox/incident/played-cloud.ts';
import { startGke } from './start-gke.ts';

/** The plugin keeps its token in this file below the home folder. A folder in its place keeps it from that: each call is a first one. */
const PLUGIN_CACHE = '.kube/gke_gcloud_auth_plugin_cache';

/** GKE whose plugin keeps no token. */
export const play = async (folder: string): Promise<PlayedCloud> => {
  await mkdir(join(folder, PLUGIN_CACHE), { recursive: true });
  return startGke(folder, 'first');
};
