import type { Notice, Run } from '../flow/ledger.ts';
import { renderArtifacts } from './artifacts-notice.ts';
import { renderCard } from './card.ts';
import { renderDecision } from './decision-notice.ts';
import { renderEnd } from './end-notice.ts';
import type { Message } from './message.ts';
import { renderReminder } from './reminder.ts';
import { renderTakeover } from './takeover-notice.ts';

/** What a notice of a run says now. Pure: the same run and time give the same message. */
export const renderNotice = (notice: Notice, run: Run, now: Date): Message => {
  switch (notice) {
    case 'card':
      return renderCard(run, now);
    case 'reminder-1':
    case 'reminder-2':
      return renderReminder(run, notice);
    case 'decision':
      return renderDecision(run);
    case 'taken-over':
      return renderTakeover(run);
    case 'end':
      return renderEnd(run);
    case 'artifacts':
      return renderArtifacts(run);
  }
};

/** Reminders and details belong below their card; what a person waits for is a message of the channel. */
export const noticePlace = (notice: Notice): 'channel' | 'thread' => {
  switch (notice) {
    case 'card':
    case 'decision':
    case 'taken-over':
    case 'end':
      return 'channel';
    case 'reminder-1':
    case 'reminder-2':
    case 'artifacts':
      return 'thread';
  }
};
