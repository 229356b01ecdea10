import type { Notice, Run } from '../flow/ledger.ts';
import type { NoticedProof } from '../flow/outbox.ts';
import { renderArtifacts } from './artifacts-notice.ts';
import { renderCard } from './card.ts';
import { renderDecision } from './decision-notice.ts';
import { renderEnd } from './end-notice.ts';
import type { Message } from './message.ts';
import { renderProof } from './proof-notice.ts';
import { renderReminder } from './reminder.ts';
import { renderTakeover } from './takeover-notice.ts';
import { renderTimeUp } from './time-up-notice.ts';

/** What a notice of a run says now. Pure: the same run, time and proof give the same message. */
export const renderNotice = (notice: Notice, run: Run, now: Date, about?: NoticedProof): Message => {
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
    case 'time-up':
      return renderTimeUp(run);
    case 'proof-failed':
    case 'proof-missed':
    case 'proof-again':
      return renderProof(notice, run, about);
  }
};

/** Reminders and details belong below their card; what a person waits for is a message of the channel. */
export const noticePlace = (notice: Notice): 'channel' | 'thread' => {
  switch (notice) {
    case 'card':
    case 'decision':
    case 'taken-over':
    case 'end':
    case 'time-up':
    case 'proof-failed':
    case 'proof-missed':
      return 'channel';
    case 'reminder-1':
    case 'reminder-2':
    case 'artifacts':
    case 'proof-again':
      return 'thread';
  }
};
