// Where /healthz answers: on a port of its own, except that Socket Mode leaves PORT free for it.
const { FIREBREAK_ADMIN_PORT, PORT, SLACK_APP_TOKEN } = process.env;
const port = FIREBREAK_ADMIN_PORT || (SLACK_APP_TOKEN ? PORT || '3000' : '3001');

try {
  const answer = await fetch(`http://127.0.0.1:${port}/healthz`, { signal: AbortSignal.timeout(4_000) });
  if (!answer.ok) throw new Error(`/healthz answered ${answer.status}`);
} catch (error) {
  console.error(error);
  process.exitCode = 1;
}
