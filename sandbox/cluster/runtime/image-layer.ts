import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { writeToolRoot } from '../tool-image/write-tool-root.ts';
import { findHostTool, type HostTools } from './host-tools.ts';
import type { Image } from './image.ts';

const FOLDERS = [
  'dev',
  'etc',
  'home',
  'mnt',
  'opt',
  'proc',
  'root',
  'run',
  'srv',
  'sys',
  'tmp',
  'usr',
  'usr/local/bin',
  'var/log',
  'var/tmp',
];
const STICKY = ['tmp', 'var/tmp'] as const;
const PROGRAMS = ['/usr/bin', '/usr/sbin', '/usr/libexec', '/bin', '/sbin'] as const;
const LIBRARIES = [
  '/usr/lib',
  '/usr/lib32',
  '/usr/lib64',
  '/usr/libx32',
  '/lib',
  '/lib32',
  '/lib64',
  '/libx32',
] as const;
/** Debian's names for programs that several packages offer; without them `awk` is a dangling link. */
const ALTERNATIVES = ['awk', 'nawk', 'nc', 'which', 'pager', 'lzma', 'unlzma'] as const;
const ETC: Readonly<Record<string, string>> = {
  passwd:
    'root:x:0:0:root:/root:/bin/sh\napp:x:1000:1000:app:/home:/bin/sh\nnobody:x:65534:65534:nobody:/:/sbin/nologin\n',
  group: 'root:x:0:\napp:x:1000:\nnogroup:x:65534:\n',
  'nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files dns\n',
  'os-release': 'ID=stand-in\nNAME="Stand-in container"\nPRETTY_NAME="Stand-in container"\n',
  hostname: '',
  hosts: '',
  'resolv.conf': '',
};

/** Folders of the host that a container of this image sees, read-only, at the same path. */
export interface Layer {
  readonly folder: string;
  readonly binds: readonly string[];
  /** Ends the view of the host's root, from inside: the host's tool by its old path, or busybox's own. */
  readonly unmountOldRoot: string;
}

const isLink = (path: string) => existsSync(path) && lstatSync(path).isSymbolicLink();

/** Writes the read-only layer of an image to `folder`. Nothing in it is the host's, except what `copies` names. */
export function writeImageLayer(folder: string, image: Image, tools: HostTools): Layer {
  for (const name of FOLDERS) mkdirSync(join(folder, name), { recursive: true });
  for (const name of STICKY) chmodSync(join(folder, name), 0o1777);
  for (const [name, text] of Object.entries(ETC)) writeFileSync(join(folder, 'etc', name), text);
  const oldRoot = '/mnt';
  let binds: readonly string[] = [];
  let unmountOldRoot = `${oldRoot}${tools.umount} -l ${oldRoot}`;
  if (image.userland === 'busybox') {
    if (tools.busybox === undefined) throw new Error('this machine has no busybox');
    binds = installBusybox(folder, tools.busybox);
    unmountOldRoot = `/bin/busybox umount -l ${oldRoot}`;
  } else if (image.userland === 'tool image') {
    writeToolRoot(folder);
    unmountOldRoot = `/bin/busybox umount -l ${oldRoot}`;
  } else {
    binds = image.userland === 'host' ? [...PROGRAMS, ...LIBRARIES] : LIBRARIES;
    binds = binds.filter((path) => existsSync(path) && mountPointOrLink(folder, path) === 'mount point');
    if (image.userland === 'host') copyAlternatives(folder);
  }
  for (const [path, program] of Object.entries(image.copies ?? {})) {
    const source = findHostTool(program);
    if (source === undefined) throw new Error(`this machine has no ${program}`);
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    copyFileSync(source, join(folder, path));
    chmodSync(join(folder, path), 0o755);
  }
  for (const [path, file] of Object.entries(image.files ?? {})) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), file.content);
    chmodSync(join(folder, path), file.mode ?? 0o644);
  }
  return { folder, binds, unmountOldRoot };
}

function mountPointOrLink(folder: string, path: string): 'mount point' | 'link' {
  if (isLink(path)) {
    symlinkSync(readlinkSync(path), join(folder, path));
    return 'link';
  }
  mkdirSync(join(folder, path), { recursive: true });
  return 'mount point';
}

function copyAlternatives(folder: string): void {
  mkdirSync(join(folder, 'etc/alternatives'));
  for (const name of ALTERNATIVES) {
    const link = join('/etc/alternatives', name);
    if (isLink(link)) symlinkSync(readlinkSync(link), join(folder, link));
  }
}

/** A busybox that needs a dynamic loader also needs the host's libraries. */
function installBusybox(folder: string, busybox: string): readonly string[] {
  for (const name of ['bin', 'sbin']) mkdirSync(join(folder, name), { recursive: true });
  const target = join(folder, 'bin/busybox');
  copyFileSync(busybox, target);
  chmodSync(target, 0o755);
  const applets = execFileSync(busybox, ['--list'], { encoding: 'utf8' }).trim().split('\n');
  for (const name of applets) if (name !== 'busybox') symlinkSync('busybox', join(folder, 'bin', name));
  const isStatic = !/\/ld-(linux|musl)[^\0]*\0/.test(
    readFileSync(target).subarray(0, 4096).toString('latin1'),
  );
  if (isStatic) return [];
  return LIBRARIES.filter((path) => existsSync(path) && mountPointOrLink(folder, path) === 'mount point');
}
