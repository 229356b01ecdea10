import type { Verb } from '../core/verb.ts';
import { acquire } from './acquire.ts';
import { inspect } from './inspect.ts';

/** Every verb of this version, in the order of help. A new verb is one file and one line here. */
export const verbs: readonly Verb[] = [inspect, acquire];
