import { describe, expect, test } from 'vitest';
import { matchCalico } from './calico-selector.ts';

const LABELS = { app: 'checkout', tier: 'web', 'firebreak.dev/isolated-by': 'FB-2026-0007-3' };
const all = { labels: LABELS, known: 'all' } as const;
const partly = { labels: LABELS, known: 'partly' } as const;

describe('a selector of Calico', () => {
  test.each([
    ['', 'yes'],
    ['  ', 'yes'],
    ['all()', 'yes'],
    ['all( )', 'yes'],
    ['!all()', 'no'],
    ['global()', 'no'],
    ["app == 'checkout'", 'yes'],
    ['app == "checkout"', 'yes'],
    ["app=='ledger'", 'no'],
    ["zone == 'a'", 'no'],
    ["app != 'ledger'", 'yes'],
    ["app != 'checkout'", 'no'],
    ["zone != 'a'", 'yes'],
    ['has(app)', 'yes'],
    ['has(zone)', 'no'],
    ['!has(zone)', 'yes'],
    ['! has(app)', 'no'],
    ['!has(firebreak.dev/isolated-by)', 'no'],
    ["tier in { 'db', 'web' }", 'yes'],
    ["tier in {'db'}", 'no'],
    ['tier in {}', 'no'],
    ["zone in {'a'}", 'no'],
    ["tier not in {'db'}", 'yes'],
    ["tier not in { 'db', 'web' }", 'no'],
    ["zone not in {'a'}", 'yes'],
    ["app contains 'heck'", 'yes'],
    ["app starts with 'check'", 'yes'],
    ["app starts with 'out'", 'no'],
    ["app ends with 'out'", 'yes'],
    ["zone contains ''", 'no'],
    ["app == 'checkout' && tier == 'web'", 'yes'],
    ["app == 'checkout' && tier == 'db'", 'no'],
    ["app == 'ledger' || tier == 'web'", 'yes'],
    ["app == 'ledger' || tier == 'db'", 'no'],
    ["app == 'checkout' || app == 'x' && tier == 'db'", 'yes'],
    ["(app == 'checkout' || app == 'x') && tier == 'db'", 'no'],
    ["!(app == 'ledger' || has(zone))", 'yes'],
    ["!has(zone) && !(tier in {'db'})", 'yes'],
  ])('%s: %s', (selector, match) => {
    expect(matchCalico(selector, all)).toBe(match);
  });

  test.each([
    ["pcsa.role == 'x'", 'may'],
    ['!has(zone)', 'may'],
    ["app == 'ledger' && has(zone)", 'no'],
    ["app == 'checkout' || has(zone)", 'yes'],
    ["app == 'checkout' && has(zone)", 'may'],
    ['!(has(zone))', 'may'],
  ])('may select by a label that was not read: %s: %s', (selector, match) => {
    expect(matchCalico(selector, partly)).toBe(match);
  });

  test.each([
    'app',
    "app = 'x'",
    'app == checkout',
    "app == 'checkout",
    "(app == 'checkout'",
    "app == 'ledger')",
    'matches(app)',
    "app like 'check%'",
    "tier in {'db' 'x'}",
    "tier not {'db'}",
    'all() &&',
    '&& all()',
    "app == 'ledger' ; all()",
  ])('that is not understood may select, and is never said not to: %s', (selector) => {
    expect(matchCalico(selector, all)).toBe('may');
  });
});
