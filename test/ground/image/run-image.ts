import { type ChildProcess, spawn } from 'node:child_process';
import { dirname } from 'node:path';
import type { AssembledImage } from './assemble-image.ts';
import type { Instruction } from './read-dockerfile.ts';

// A root of its own: the machine's userland, a few files of /etc, and the image's folders, all read-only; an empty tmpfs for each VOLUME.
// The config file comes on stdin. Whatever this mounts ends with its namespace.
const ENTER = `
set -e
image=$1 node=$2 uid=$3 gid=$4 workdir=$5 volumes=$6 config=$7; shift 7
root=/mnt
mount -t tmpfs tmpfs $root
mkdir $root/usr $root/etc $root/proc $root/dev $root/node $root/old
mount --rbind /usr $root/usr
mount --rbind /proc $root/proc
mount --rbind /dev $root/dev
mount --bind "$node" $root/node
for link in bin sbin lib lib64; do [ ! -L /$link ] || ln -s "$(readlink /$link)" $root/$link; done
for file in hosts resolv.conf nsswitch.conf ld.so.cache; do [ ! -e /etc/$file ] || cp -L /etc/$file $root/etc; done
mkdir -p "$root\${config%/*}"
cat > "$root$config"
for folder in "$image"/*; do
  name=\${folder##*/}
  mkdir -p $root/$name
  mount --bind "$folder" $root/$name
  mount -o remount,bind,ro $root/$name
done
for volume in $volumes; do mount -t tmpfs -o "uid=$uid,gid=$gid,mode=0700" tmpfs $root$volume; done
for folder in usr node; do mount -o remount,bind,ro $root/$folder; done
cd $root
pivot_root . old
umount -l /old
mount -o remount,bind,ro /
cd "$workdir"
exec setpriv --reuid "$uid" --regid "$gid" --clear-groups --inh-caps=-all --ambient-caps=-all --bounding-set=-all --no-new-privs "$@"
`;

export type ImageRun = {
  readonly command: readonly string[];
  /** Beside what ENV declares. */
  readonly environment: Readonly<Record<string, string>>;
  /** The text of the file that FIREBREAK_CONFIG names. */
  readonly config: string;
};

/**
 * Starts a command as an engine would start it from the image, with the strictest settings of a cluster: `/` read-only, the image's user,
 * no capabilities, `no_new_privs`, no environment but the image's and the given one. The network is the machine's.
 */
export function runImage(image: AssembledImage, stage: readonly Instruction[], run: ImageRun): ChildProcess {
  const of = (name: string): readonly Instruction[] => stage.filter((one) => one.name === name);
  const [uid = '', gid = ''] = (of('USER').at(-1)?.words[0] ?? '').split(':');
  const workdir = of('WORKDIR').at(-1)?.words[0] ?? '/';
  const volumes = of('VOLUME').flatMap(({ words }) => words);
  const declared = Object.fromEntries(
    of('ENV').flatMap(({ words }) => words.map((word) => word.split('=', 2))),
  );
  const environment: Readonly<Record<string, string>> = { ...declared, ...run.environment };
  const config = environment['FIREBREAK_CONFIG'] ?? '';
  const parameters = [image.path, dirname(process.execPath), uid, gid, workdir, volumes.join(' '), config];
  const unshare = [
    '--mount',
    '--propagation',
    'private',
    'sh',
    '-c',
    ENTER,
    'sh',
    ...parameters,
    ...run.command,
  ];
  const child = spawn('unshare', unshare, {
    env: { PATH: '/node:/usr/sbin:/usr/bin:/sbin:/bin', ...environment },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin.end(run.config);
  return child;
}
