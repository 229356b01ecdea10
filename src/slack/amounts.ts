const KIB = 1024;
const MIB = KIB * 1024;
const GIB = MIB * 1024;

/** Bytes in binary units, short: `812 B`, `3.4 KiB`, `120 MiB`. */
export const bytesText = (bytes: number): string => {
  if (bytes < KIB) return `${bytes} B`;
  const [unit, name] = bytes < MIB ? [KIB, 'KiB'] : bytes < GIB ? [MIB, 'MiB'] : [GIB, 'GiB'];
  const value = bytes / unit;
  return `${value < 100 ? value.toFixed(1) : value.toFixed(0)} ${name}`;
};

/** Milliseconds as `42 s`, `3 min 05 s`, `1 h 02 min`. */
export const durationText = (ms: number): string => {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${String(seconds % 60).padStart(2, '0')} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
};

/** Enough of a digest or a container id to compare by eye: 12 hex digits, without the algorithm or runtime before it. */
export const shortDigest = (digest: string): string => digest.replace(/^.*[:/]/u, '').slice(0, 12) || 'none';
