import type { PlayedCloud } from '../sandbox/incident/played-cloud.ts';
import { startGke } from './start-gke.ts';

/** GKE whose plugin keeps its token in a file, as it does by itself. */
export const play = (folder: string): Promise<PlayedCloud> => startGke(folder, 'later');
