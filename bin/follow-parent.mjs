// Loaded into the child by --import. When the parent was killed it can pass on no signal, so the child ends as it did, at once: its port is
// free for the next start, and its runs are taken over as after any other death.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
process.channel?.unref();
