import { z } from 'zod';

/** A person as Slack names them: ids only, since display names can be changed by their owner. */
export const personSchema = z.strictObject({ team: z.string(), user: z.string() });
export type Person = Readonly<z.infer<typeof personSchema>>;

export const samePerson = (a: Person, b: Person): boolean => a.team === b.team && a.user === b.user;

/** What the workspace says about a person. Only a `member` may ask or decide. */
export const STANDINGS = ['member', 'guest', 'bot', 'foreign', 'deactivated', 'unknown'] as const;
export type Standing = (typeof STANDINGS)[number];
