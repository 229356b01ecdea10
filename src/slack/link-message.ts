import type { types } from '@slack/bolt';
import { cleanText } from '../core/clean-text.ts';
import type { Reply } from '../flow/use-cases.ts';
import { escapeMrkdwn } from './escape-mrkdwn.ts';
import { fallbackText, type Message } from './message.ts';
import { bold, linesBlock, type Part, sentence, time, utcTime, words } from './rich-text.ts';

/**
 * docs.slack.dev names no limit for a link of rich text; 3,000 is what every other URL of Block Kit may have. One signed
 * for S3 with a session token has about 2,500.
 */
const URL_CHARACTERS = 3_000;
const NAME_CHARACTERS = 300;
const TEXT_CHARACTERS = 600;

/**
 * A link for the one who asked. The URL stands in one element, below the file's name: not in the fallback text, which
 * notifications carry to other devices, and not in a button, whose press would send it back here.
 */
export const linkMessage = (reply: Extract<Reply, { readonly kind: 'link' }>): Message => {
  const fits = reply.url.length <= URL_CHARACTERS && URL.canParse(reply.url);
  const text = escapeMrkdwn(cleanText(reply.text, TEXT_CHARACTERS));
  const name = cleanText(reply.name, NAME_CHARACTERS) || 'file';
  if (!fits)
    return {
      text: fallbackText(`${text} ${TOO_LONG}`),
      blocks: [linesBlock([sentence(reply.text, TEXT_CHARACTERS), [words(TOO_LONG)]])],
    };
  return {
    text: fallbackText(`${text} ${escapeMrkdwn(name)}, until ${utcTime(reply.expiresAt)}.`),
    blocks: [
      linesBlock([
        sentence(reply.text, TEXT_CHARACTERS),
        [linkTo(reply.url, name), words(', until '), time(reply.expiresAt), words('.')],
        [bold('The link is a secret:'), words(' whoever has it can fetch the file until then.')],
      ]),
    ],
  };
};

const TOO_LONG = 'The link is longer than Slack takes. Fetch the file with credentials of your own.';

const linkTo = (url: string, text: string): Part & types.RichTextLink => ({ type: 'link', url, text });
