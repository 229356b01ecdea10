import { expect, it } from 'vitest';
import { escapeMrkdwn } from './escape-mrkdwn.ts';

it.each([
  ['<!channel> & <https://x|y>', '&lt;!channel&gt; &amp; &lt;https://x|y&gt;'],
  ['*bold* ~gone~ `code`', '\u2217bold\u2217 \u223cgone\u223c \u02cbcode\u02cb'],
  ['_slanted_ but my_name', '\u02cdslanted\u02cd but my_name'],
])('writes %j so that Slack reads no markup in it', (text, safe) => expect(escapeMrkdwn(text)).toBe(safe));
