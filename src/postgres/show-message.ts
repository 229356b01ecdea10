import type pg from 'pg';
import type { Notice } from '../flow/ledger.ts';

/** Where a notification says that a message is owed. */
export const OUTBOX_CHANNEL = 'firebreak_outbox';

/** What a notice is about that is about no proof. */
const NOTHING = '0';

/** Owes the channel this notice. A card that is owed or stands there already gets its next, urgent version; the others are posted once, those about a proof once for each. */
export async function showMessage(
  client: pg.ClientBase,
  run: string,
  notice: Notice,
  about: string = NOTHING,
): Promise<void> {
  await client.query(
    `insert into firebreak.messages as m (run_id, notice, about, due_at) values ($1, $2, $3, firebreak.now())
     on conflict (run_id, notice, about) do update set version = m.version + 1, urgent_version = m.version + 1
       where m.notice = 'card'`,
    [run, notice, about],
  );
  await client.query(`select pg_notify('${OUTBOX_CHANNEL}', '')`);
}

/** The card has new progress: its next version, which keeps the pace of edits. */
export async function refreshCard(client: pg.ClientBase, run: string): Promise<void> {
  await client.query(
    `update firebreak.messages set version = version + 1 where run_id = $1 and notice = 'card'`,
    [run],
  );
}
