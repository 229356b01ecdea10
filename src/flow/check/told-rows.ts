import type { CheckedPart, Verdict } from './check-row.ts';

/** A row as the chat may show it. */
export interface ToldRow {
  readonly what: string;
  readonly verdict: Verdict;
  /** Empty: the verdict says it. */
  readonly told: string;
}

export interface ToldPart {
  readonly title: string;
  readonly rows: readonly ToldRow[];
}

/** What is left for the chat: what a row found may name accounts, addresses and paths, so it stays out unless it says otherwise. */
export const toldParts = (parts: readonly CheckedPart[]): readonly ToldPart[] =>
  parts.map(({ title, rows }) => ({
    title,
    rows: rows.map(({ what, verdict, told = '' }) => ({ what, verdict, told })),
  }));
