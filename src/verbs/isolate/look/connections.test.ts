import { describe, expect, test } from 'vitest';
import type { EngineLook, OpenConnections, PolicyEngine } from '../../../core/policy-engine.ts';
import { connectionsOf, openSentence } from './connections.ts';
import type { SelectingPolicy } from './selecting-policies.ts';

const engines = (...all: readonly Partial<PolicyEngine>[]): EngineLook => ({
  kind: 'found',
  engines: all.map((one) => ({ name: 'x', family: 'other', connections: 'unknown', ...one })),
});
const by = (connections: OpenConnections, mode?: 'standard' | 'strict') =>
  engines({ connections, ...(mode === undefined ? {} : { mode }) });
const policy = (before: SelectingPolicy['before']): SelectingPolicy => ({
  ...{ kind: 'NetworkPolicy', name: 'x', namespace: 'payments', before, after: 'yes' },
  ...{ appliesTo: ['ingress'], allows: [] },
});
const none = { policies: [] };
const selected = { policies: [policy('yes')] };

describe('connections that are open when the deny takes hold', () => {
  test.each([
    ['kept', by('kept'), none, 'kept'],
    ['cut', by('cut'), selected, 'cut'],
    ['unknown', by('unknown'), none, 'unknown'],
    [
      'cut by Amazon VPC CNI for a pod that no policy selected',
      by('cut unless selected', 'standard'),
      none,
      'cut',
    ],
    [
      'kept by Amazon VPC CNI for one that a policy selected',
      by('cut unless selected', 'standard'),
      selected,
      'kept',
    ],
    ['kept by it where a policy may have', by('cut unless selected'), { policies: [policy('may')] }, 'kept'],
    [
      'cut by it where a policy only starts to',
      by('cut unless selected'),
      { policies: [policy('no')] },
      'cut',
    ],
    ['unknown in its strict mode', by('cut unless selected', 'strict'), none, 'unknown'],
    [
      'unknown where engines differ',
      engines({ connections: 'kept' }, { connections: 'cut' }),
      none,
      'unknown',
    ],
    ['as both say', engines({ connections: 'cut' }, { connections: 'cut' }), none, 'cut'],
    ['unknown without an engine', { kind: 'none found', off: [] } as const, none, 'unknown'],
    [
      'unknown where nobody could look',
      { kind: 'could not look', seen: [], unseen: [] } as const,
      none,
      'unknown',
    ],
  ])('are %s', (_, engine, selecting, connections) => {
    expect(connectionsOf(engine, selecting)).toBe(connections);
  });

  test('are said never to be cut by an engine that keeps them', () => {
    expect(openSentence('kept')).toContain('are not cut by the policy');
    expect(openSentence('unknown')).toContain('is not known');
  });
});
