import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const PASSWORD_BYTES = 24;
const schema = z.object({ superuser: z.string(), owner: z.string(), serve: z.string() });

/** The passwords of one embedded database. Hexadecimal, so they need no quoting in SQL or in a URL. */
export type Passwords = Readonly<z.infer<typeof schema>>;

/** Reads the passwords of the database in `home`, or makes them: a file of mode 0600 that the first of several starters writes. */
export async function passwords(home: string): Promise<Passwords> {
  const file = join(home, 'passwords.json');
  const made = { superuser: password(), owner: password(), serve: password() };
  try {
    await writeFile(file, JSON.stringify(made), { mode: 0o600, flag: 'wx' });
    return made;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    return schema.parse(JSON.parse(await readFile(file, 'utf8')));
  }
}

function password(): string {
  return randomBytes(PASSWORD_BYTES).toString('hex');
}
