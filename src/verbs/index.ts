import type { Verb } from '../core/verb.ts';
import { acquire } from './acquire.ts';
import { contain } from './contain.ts';
import { cordon } from './cordon.ts';
import { hold } from './hold.ts';
import { inspect } from './inspect.ts';
import { isolate } from './isolate.ts';
import { label } from './label.ts';
import { release } from './release.ts';
import { uncordon } from './uncordon.ts';
import { undo } from './undo.ts';
import { unhold } from './unhold.ts';
import { unlabel } from './unlabel.ts';

/** Every verb of this version, in the order of help. A new verb is one file and one line here. */
export const verbs: readonly Verb[] = [
  inspect,
  acquire,
  label,
  unlabel,
  cordon,
  uncordon,
  hold,
  unhold,
  isolate,
  release,
  contain,
  undo,
];
