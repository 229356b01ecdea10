import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { awsCli } from '../../sandbox/aws/s3/testing/aws-cli.ts';
import { isInstalled } from '../../sandbox/aws/s3/testing/installed.ts';
import type { ClusterClient } from '../../src/core/cluster.ts';
import type { Bundle } from '../../src/core/evidence.ts';
import { FirebreakError } from '../../src/core/firebreak-error.ts';
import { openBundle } from '../../src/evidence/bundle.ts';
import { digest } from '../../src/runtime/digest.ts';
import { systemClock } from '../../src/runtime/system-clock.ts';
import { PART_BYTES, PREFIX, type S3Place, s3Place } from '../contracts/s3-place.ts';

const BUNDLE = 'FB-2026-0007/FB-2026-0007-1';
const never = new AbortController().signal;
const LOG = Buffer.alloc(2 * PART_BYTES + 12_345, 'a line of a log\n');

const refuse = (): never => {
  throw new Error('nothing runs in a container here');
};
const noCluster: ClusterClient = {
  ...{
    get: refuse,
    list: refuse,
    allowed: refuse,
    allowedFor: refuse,
    version: refuse,
    logs: refuse,
    exec: refuse,
  },
};

let place: S3Place;
let folder: string;
beforeEach(async () => {
  place = await s3Place();
  folder = mkdtempSync(join(tmpdir(), 'download-'));
});
afterEach(async () => {
  rmSync(folder, { recursive: true, force: true });
  await place[Symbol.asyncDispose]();
});

const open = (): Bundle =>
  openBundle({
    store: place.store(),
    bundle: BUNDLE,
    client: noCluster,
    clock: systemClock,
    digest,
    caseKey: Buffer.alloc(32, 1),
    signal: never,
    progress: () => undefined,
    superseded: [],
  });

async function* pieces(bytes: Buffer): AsyncIterable<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 100_003) yield bytes.subarray(at, at + 100_003);
}
async function* cut(bytes: Buffer): AsyncIterable<Uint8Array> {
  yield* pieces(bytes);
  throw new Error('the connection was reset');
}
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
const prefix = `${PREFIX}${BUNDLE}/`;
const stored = (name: string) => place.s3.read(prefix + name);

/** As an investigator would, who has neither Firebreak nor its code. */
const download = async () => {
  const { endpoint, region, accessKey } = place.s3;
  const client = new S3Client({
    endpoint: endpoint.href,
    region,
    credentials: accessKey,
    forcePathStyle: true,
  });
  for (const { key } of place.s3.objects()) {
    const got = await client.send(new GetObjectCommand({ Bucket: 'evidence', Key: key }));
    const path = join(folder, key.slice(prefix.length));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, (await got.Body?.transformToByteArray()) ?? '');
  }
  client.destroy();
};
const verify = () => spawnSync('sha256sum', ['--strict', '-c', 'SHA256SUMS'], { cwd: folder }).status;

const seal = async () => {
  const bundle = open();
  await bundle.put('pod.json', 'GET pod', pieces(Buffer.from('{}')));
  await bundle.put('logs/app.log', 'GET log', pieces(LOG));
  return await bundle.seal({ case: 'FB-2026-0007' });
};

describe('a bundle in S3', () => {
  it('verifies after a download with sha256sum, and a truncated one does not', async () => {
    const sealed = await seal();
    await download();
    expect(verify()).toBe(0);
    expect(sha256(readFileSync(join(folder, 'manifest.json')))).toBe(sealed.manifestSha256);
    expect(sealed.reference).toBe(`s3://evidence/${prefix}`);
    truncateSync(join(folder, 'logs/app.log'), LOG.length - 1);
    expect(verify()).toBe(1);
  });

  it('verifies after a download by the AWS CLI', async (context) => {
    if (!isInstalled('aws')) return context.skip('the AWS CLI is not installed');
    await seal();
    const copied = await awsCli(place.s3, ['s3', 'cp', '--recursive', `s3://evidence/${prefix}`, folder]);
    expect(copied).toMatchObject({ exitCode: 0 });
    expect(readdirSync(folder).sort()).toEqual(['SHA256SUMS', 'logs', 'manifest.json', 'pod.json']);
    expect(verify()).toBe(0);
  });

  it('names the version of each object, of its seals too, and they are the ones that lie there', async () => {
    const sealed = await seal();
    const named = z.object({ name: z.string(), version: z.string(), sha256: z.string(), bytes: z.number() });
    const manifest = z
      .looseObject({ artifacts: z.array(named), seals: z.array(named) })
      .parse(JSON.parse((await stored('manifest.json')).toString()));
    const all = [...manifest.artifacts, ...manifest.seals];
    expect(all.map(({ name }) => name)).toEqual(['pod.json', 'logs/app.log', 'SHA256SUMS']);
    for (const { name, version, sha256: hash, bytes } of all) {
      const there = await place.s3.read(prefix + name, version);
      expect([sha256(there), there.length]).toEqual([hash, bytes]);
    }
    expect(sealed.manifestVersion).toBe(place.s3.versions(`${prefix}manifest.json`)[0]?.versionId);
  });

  it.each([
    ['whole', pieces, ['SHA256SUMS']],
    ['INCOMPLETE', cut, ['SHA256SUMS', 'INCOMPLETE']],
  ])('hands on the versions of its seals for links, when it is %s', async (_what, source, names) => {
    const bundle = open();
    await bundle.put('logs/app.log', 'GET log', source(Buffer.from('a line\n')));
    const { seals } = await bundle.seal({});
    expect(seals).toEqual(
      names.map((name) => ({ name, version: place.s3.versions(prefix + name)[0]?.versionId })),
    );
  });

  it('has its manifest written last', async () => {
    await seal();
    const published = place.s3
      .requests()
      .filter(({ operation }) => operation === 'PutObject' || operation === 'CompleteMultipartUpload')
      .map(({ key }) => key.slice(prefix.length));
    expect(published).toEqual(['pod.json', 'logs/app.log', 'SHA256SUMS', 'manifest.json']);
  });

  it('keeps all that arrived of a source that was cut, as INCOMPLETE: the upload is completed, not aborted', async () => {
    const bundle = open();
    const artifact = await bundle.put('logs/app.log', 'GET log', cut(LOG));
    expect(artifact).toMatchObject({ completeness: 'INCOMPLETE', bytes: LOG.length, sha256: sha256(LOG) });
    expect(await stored('logs/app.log')).toEqual(LOG);
    expect((await bundle.seal({})).completeness).toBe('INCOMPLETE');
    expect(place.s3.uploads()).toEqual([]);
    expect(place.s3.requests().some(({ operation }) => operation === 'AbortMultipartUpload')).toBe(false);
  });

  it('names what a part that failed left of an object, and has no upload open', async () => {
    const bundle = open();
    await bundle.put('pod.json', 'GET pod', pieces(Buffer.from('{}')));
    place.s3.faults.next({
      operation: 'UploadPart',
      partNumber: 2,
      times: 9,
      fault: { kind: 'refuse', code: 'InternalError' },
    });
    await expect(bundle.put('logs/app.log', 'GET log', pieces(LOG))).rejects.toMatchObject({
      code: 'evidence-store',
      message: expect.stringContaining('failed at UploadPart (InternalError, HTTP 500)'),
    });
    place.s3.faults.clear();
    expect((await bundle.seal({})).completeness).toBe('INCOMPLETE');
    const left = LOG.subarray(0, PART_BYTES);
    const entry = { name: 'logs/app.log.partial', bytes: left.length, sha256: sha256(left) };
    expect(JSON.parse((await stored('manifest.json')).toString())).toMatchObject({
      completeness: 'INCOMPLETE',
      unfinished: [entry],
    });
    expect(JSON.parse((await stored('INCOMPLETE')).toString())).toMatchObject({
      kind: 'unfinished',
      ...entry,
    });
    expect(await stored('logs/app.log.partial')).toEqual(left);
    expect(place.s3.uploads()).toEqual([]);
    expect(place.journal.open()).toEqual([]);
    await download();
    execFileSync('sha256sum', ['--strict', '-c', 'SHA256SUMS'], { cwd: folder, stdio: 'pipe' });
  });

  it('that is left by a dead process is moved, and its successor names what was kept', async () => {
    const dead = place.store();
    const writer = await dead.create(BUNDLE, 'files.tar', never);
    await writer.write(LOG);
    await expect.poll(() => place.s3.uploads()[0]?.parts.size).toBe(2);
    const superseded = await place.store().supersede(BUNDLE, never);
    const bundle = openBundle({
      ...{ store: place.store(), bundle: BUNDLE, client: noCluster, clock: systemClock, digest, superseded },
      ...{ caseKey: Buffer.alloc(32, 1), signal: never, progress: () => undefined },
    });
    await bundle.put('pod.json', 'GET pod', pieces(Buffer.from('{}')));
    expect((await bundle.seal({})).completeness).toBe('complete');
    const left = LOG.subarray(0, 2 * PART_BYTES);
    expect(JSON.parse((await stored('INCOMPLETE')).toString())).toMatchObject({
      kind: 'superseded',
      name: 'superseded-1/files.tar',
      bytes: left.length,
      sha256: sha256(left),
    });
    await expect(writer.close()).rejects.toMatchObject({ code: 'superseded' });
  });

  describe('that follows an earlier capture', () => {
    const stopping = async (code: 'cancelled' | 'interrupted') => {
      await (await place.store().create(BUNDLE, 'events.json', never)).close();
      const superseded = await place.store().supersede(BUNDLE, never);
      const stop = new AbortController();
      const bundle = openBundle({
        ...{
          store: place.store(),
          bundle: BUNDLE,
          client: noCluster,
          clock: systemClock,
          digest,
          superseded,
        },
        ...{ caseKey: Buffer.alloc(32, 1), signal: stop.signal, progress: () => undefined },
      });
      await bundle.put('pod.json', 'GET pod', pieces(Buffer.from('{}')));
      const reason = new FirebreakError({ code, message: 'It was stopped.', next: 'Ask again.' });
      return { bundle, stop: () => stop.abort(reason), reason };
    };
    const readBack = () =>
      place.s3
        .requests()
        .filter(({ operation }) => operation === 'GetObject')
        .map(({ key }) => key.slice(prefix.length));

    it('reads back what that one left, and nothing of its own', async () => {
      const { bundle } = await stopping('interrupted');
      await bundle.seal({});
      expect(readBack()).toEqual(['superseded-1/events.json']);
    });

    it('ends while it reads that back when the run goes on elsewhere', async () => {
      const { bundle, stop, reason } = await stopping('interrupted');
      const held = place.s3.faults.next({ operation: 'GetObject', times: 9, fault: { kind: 'hold before' } });
      const sealing = bundle.seal({});
      await held.reached;
      stop();
      await expect(sealing).rejects.toBe(reason);
      held.cancel();
      expect(place.s3.objects().map(({ key }) => key)).not.toContain(`${prefix}manifest.json`);
    });

    it.each(['before it is sealed', 'while that is read back'])(
      'is sealed when the run is cancelled %s',
      async (when) => {
        const { bundle, stop } = await stopping('cancelled');
        const held = place.s3.faults.next({ operation: 'GetObject', fault: { kind: 'hold before' } });
        if (when === 'before it is sealed') stop();
        const sealing = bundle.seal({});
        await held.reached;
        stop();
        held.release();
        expect((await sealing).completeness).toBe('complete');
      },
    );
  });
});
