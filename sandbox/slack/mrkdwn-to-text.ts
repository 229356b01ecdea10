import type { World } from './world.ts';

/** The emoji that an incident channel is likely to show; others keep their name. */
const EMOJI: Readonly<Record<string, string>> = {
  arrows_counterclockwise: '🔄',
  bell: '🔔',
  hourglass_flowing_sand: '⏳',
  lock: '🔒',
  mag: '🔍',
  no_entry: '⛔',
  package: '📦',
  rotating_light: '🚨',
  warning: '⚠️',
  white_check_mark: '✅',
  x: '❌',
};

/** Slack's mrkdwn as plain text: mentions become names, links show their address, entities are decoded. */
export function mrkdwnToText(world: World, text: string): string {
  return text
    .replace(/<([^<>]+)>/g, (_, inside: string) => plainReference(world, inside))
    .replace(/:([a-z0-9_+-]+):/g, (code, name: string) => EMOJI[name] ?? code)
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}

/** `@name` of a person, or the id when nobody has it. */
export function mention(world: World, user: string): string {
  return user === 'USLACKBOT' ? '@Slackbot' : `@${world.people.get(user)?.name ?? user}`;
}

/** What stands between `<` and `>` (docs.slack.dev, "Formatting message text"). */
function plainReference(world: World, inside: string): string {
  const [target = '', label] = inside.split('|', 2);
  if (target.startsWith('@')) return mention(world, target.slice(1));
  if (target.startsWith('#')) return `#${world.channels.get(target.slice(1))?.name ?? target.slice(1)}`;
  if (target.startsWith('!subteam^')) {
    const id = target.slice('!subteam^'.length);
    return `@${world.groups.get(id)?.handle ?? id}`;
  }
  if (target.startsWith('!date^')) return label ?? target;
  if (target.startsWith('!')) return `@${label ?? target.slice(1)}`;
  return label === undefined || label === target ? target : `${label} (${target})`;
}
