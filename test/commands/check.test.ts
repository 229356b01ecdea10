import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CheckScene, startCheckScene } from './check-scene.ts';

/** The rows of a table as `verdict what: found`, each on one line. */
const rowsOf = (table: string): readonly string[] => {
  const rows: string[] = [];
  for (const line of table.split('\n')) {
    const head = /^ {2}(ok|WARNING|FAILED|not checked) {2,}(.+?) {2,}(\S.*)$/u.exec(line);
    if (head !== null) rows.push(`${head[1]} ${head[2]}: ${head[3]}`);
    else if (line.startsWith('   ') && rows.length > 0) rows.push(`${rows.pop()} ${line.trim()}`);
    else if (line !== '') rows.push(line);
  }
  return rows;
};

const TWO = { namespaces: ['payments'], identities: { read: { context: 'reader' } } };

let scene: CheckScene;
beforeAll(async () => {
  scene = await startCheckScene({
    users: ['responder', 'reader', 'admin', 'nobody', 'exec-get-only', 'stranger', 'alice-too'],
    prepare: (cluster) => {
      const rule = { verbs: ['impersonate'], apiGroups: [''], resources: ['users'] };
      cluster.addUser('alice-too', [{ ...rule, resourceNames: ['alice'] }]);
      cluster.addUser('stranger', []);
      cluster.faults.denyToken(cluster.token('stranger'));
    },
  });
});
afterAll(() => scene?.[Symbol.asyncDispose]());

describe('firebreak check', () => {
  test('looks at everything without a database, and changes nothing', async () => {
    await scene.configure({ clusters: { prod: TWO } });
    const { code, stdout, stderr } = await scene.run(['check']);
    expect(stderr).toBe('');
    const rows = rowsOf(stdout);
    expect(code).toBe(0);
    expect(rows).toEqual(
      expect.arrayContaining([
        'prod (kubeconfig), identity read',
        'prod (kubeconfig), identity act',
        `ok endpoint: ${new URL(scene.cluster.url).origin} answers`,
        'ok TLS: verified by its own CA',
        expect.stringMatching(/^ok server version: v1\.36/),
        'ok identity there: reader',
        'ok identity there: responder',
        'ok acquire: allowed in payments',
        'ok reads alone: it may do nothing that a run does',
        'ok identities: planning and runs have identities of their own',
        expect.stringMatching(/^ok audit log names: the run, in the user agent/),
        expect.stringMatching(/^WARNING network policies: none found/),
        expect.stringMatching(/^ok reachable: .*evidence$/),
        expect.stringMatching(/^WARNING object lock: off/),
        expect.stringMatching(/^ok scopes: those of manifest.yml/),
        expect.stringMatching(/^ok channel C\w+: seen$/),
        expect.stringMatching(/^ok approvers in C\w+: acquire, cordon: enough$/),
      ]),
    );
    expect(rows.at(-1)).toMatch(/^0 failed, \d+ warnings, 0 not checked\.$/);
    expect(scene.cluster.requests.length).toBeGreaterThan(10);
    expect(scene.changes()).toEqual([]);
    const asked = new Set(scene.slack.calls.map(({ method }) => method));
    expect(asked).toEqual(
      new Set(['auth.test', 'conversations.info', 'usergroups.users.list', 'users.info']),
    );
  });

  test('keeps within 100 columns and shows no secret', async () => {
    await scene.configure({ clusters: { prod: TWO } });
    const { stdout } = await scene.run(['check']);
    expect(stdout.split('\n').filter(({ length }) => length > 100)).toEqual([]);
    const secrets = [scene.slack.botToken, scene.slack.signingSecret, scene.cluster.token('reader')];
    for (const secret of secrets) expect(stdout).not.toContain(secret);
  });

  test('fails where a verb that a rule allows lacks a permission, and says what to do', async () => {
    await scene.configure({ clusters: { prod: { namespaces: ['payments'], context: 'exec-get-only' } } });
    const { code, stdout } = await scene.run(['check', 'prod']);
    expect(code).toBe(1);
    const rows = rowsOf(stdout);
    expect(rows).toContain(
      'FAILED acquire: lacks create pods/exec in payments → Grant it: firebreak permissions prod --identity act prints what is needed.',
    );
    expect(rows).toContainEqual(expect.stringMatching(/^FAILED cordon: lacks patch nodes →/));
    expect(rows).toContain('ok inspect: allowed in payments');
    expect(rows).toContainEqual(expect.stringMatching(/^WARNING identities: one for all/));
  });

  test('asks nothing of verbs that no rule allows', async () => {
    await scene.configure({
      clusters: { prod: { namespaces: ['payments'], context: 'exec-get-only' } },
      rules: [{ verbs: ['inspect'], approvals: 0 }],
    });
    const { code, stdout } = await scene.run(['check']);
    expect(code).toBe(0);
    expect(stdout).not.toContain('acquire');
  });

  test('warns of a cluster that no channel may use, whatever is wrong with it', async () => {
    await scene.configure({ clusters: { prod: { context: 'stranger' } }, inChannel: [] });
    const { code, stdout } = await scene.run(['check']);
    expect(code).toBe(0);
    expect(rowsOf(stdout)).toContainEqual(
      expect.stringMatching(/^WARNING identity there: Cluster prod did not/),
    );
    expect(rowsOf(stdout)).toContainEqual(expect.stringMatching(/^WARNING channels: no rule/));
  });

  test('fails where the identity may impersonate more than one user', async () => {
    await scene.configure({ clusters: { prod: { namespaces: ['payments'], context: 'admin' } } });
    const { code, stdout } = await scene.run(['check']);
    expect(code).toBe(1);
    expect(rowsOf(stdout)).toContainEqual(
      expect.stringMatching(
        /^FAILED audit log names: it may impersonate more than firebreak:prod: users other/,
      ),
    );
  });

  test('fails where the identity may impersonate one other user, by that name alone', async () => {
    await scene.configure({
      clusters: { prod: { namespaces: ['payments'], context: 'alice-too' } },
      rules: [{ verbs: ['inspect'], approvals: 0 }],
    });
    const { stdout } = await scene.run(['check']);
    expect(rowsOf(stdout)).toContain(
      'FAILED audit log names: it may impersonate more than firebreak:prod: users alice → Limit it to what firebreak permissions prod --identity act prints.',
    );
    expect(scene.changes()).toEqual([]);
  });

  test('fails where the identity that plans could impersonate, and warns where it could act', async () => {
    const identities = { read: { context: 'admin' } };
    await scene.configure({ clusters: { prod: { namespaces: ['payments'], identities } } });
    const { code, stdout } = await scene.run(['check']);
    expect(code).toBe(1);
    const rows = rowsOf(stdout);
    expect(rows).toContainEqual(
      expect.stringMatching(/^FAILED audit log names: .*--identity read has none\.$/),
    );
    expect(rows).toContainEqual(
      expect.stringMatching(/^WARNING reads alone: planning may also .*create pods\/exec/),
    );
  });

  test('warns where two identities of the configuration are one in the cluster', async () => {
    const identities = { read: { context: 'responder', server: scene.cluster.url } };
    await scene.configure({ clusters: { prod: { namespaces: ['payments'], identities } } });
    const { stdout } = await scene.run(['check']);
    expect(rowsOf(stdout)).toContainEqual(
      expect.stringMatching(/^WARNING identities: read and act are both responder in the cluster/),
    );
  });

  test.each([
    ['refused credentials', { context: 'stranger' }, /^FAILED identity there: Cluster prod did not accept/],
    ['an address where nobody listens', { server: 'https://localhost:1' }, /^FAILED endpoint: .*→/],
    ['no such file', { path: '/nowhere/kubeconfig' }, /^FAILED credentials: .*does not exist.*→/],
    ['another name', { tlsServerName: 'elsewhere.example' }, /^FAILED TLS: .*→/],
  ])('tells %s from the rest', async (_name, keys, row) => {
    await scene.configure({ clusters: { prod: { namespaces: ['payments'], ...keys } } });
    const { code, stdout } = await scene.run(['check']);
    expect(code).toBe(1);
    expect(rowsOf(stdout)).toContainEqual(expect.stringMatching(row));
  });

  test('warns where Firebreak runs inside the cluster, by its address', async () => {
    await scene.configure({ clusters: { prod: TWO } });
    const { code, stdout } = await scene.run(['check'], { KUBERNETES_SERVICE_HOST: '127.0.0.1' });
    expect(code).toBe(0);
    expect(rowsOf(stdout)).toContainEqual(
      expect.stringMatching(/^WARNING where Firebreak runs: inside this cluster/),
    );
  });

  test('warns where Firebreak runs inside the cluster, whose other address it has, by its CA alone', async () => {
    const { port } = new URL(scene.cluster.url);
    const server = `https://localhost:${port}`;
    await scene.configure({ clusters: { prod: { namespaces: ['payments'], context: 'nobody', server } } });
    const inside = { KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: port };
    const { stdout } = await scene.run(['check'], inside);
    expect(rowsOf(stdout)).toContainEqual(
      expect.stringMatching(/^WARNING where Firebreak runs: inside this cluster/),
    );
    const blind = await scene.run(['check'], { ...inside, KUBERNETES_SERVICE_PORT: '1' });
    expect(rowsOf(blind.stdout)).toContainEqual(
      expect.stringMatching(/^not checked where Firebreak runs: inside a cluster/),
    );
  });

  test('takes clusters by name, and knows the nearest of a name that is none', async () => {
    await scene.configure({ clusters: { prod: TWO, stage: { context: 'stranger' } } });
    expect((await scene.run(['check', 'prod'])).code).toBe(0);
    expect((await scene.run(['check'])).code).toBe(1);
    const { code, stderr } = await scene.run(['check', 'prd']);
    expect(code).toBe(1);
    expect(stderr).toContain('There is no cluster prd in the configuration. Did you mean `prod`?');
  });

  test('writes a probe on request, and says that nothing in a folder denies a delete', async () => {
    await scene.configure({ clusters: { prod: TWO } });
    const { code, stdout } = await scene.run(['check', '--write']);
    expect(code).toBe(0);
    expect(rowsOf(stdout)).toContainEqual(
      expect.stringMatching(/^WARNING put and delete: Nothing in a folder denies a delete/),
    );
    expect(scene.changes()).toEqual([]);
  });

  test('fails where evidence may not be stored unencrypted and a rule allows to collect it', async () => {
    await scene.configure({ clusters: { prod: TWO }, evidence: {} });
    const { code, stdout } = await scene.run(['check']);
    expect(code).toBe(1);
    expect(rowsOf(stdout)).toContainEqual(expect.stringMatching(/^FAILED encryption: .*acquire would be/));
  });

  test('fails where fewer people may approve than a rule or the floor of a cluster asks for', async () => {
    const { slack } = scene;
    const rule = { verbs: ['acquire'], approvals: 1, approvers: [slack.groups.approvers.id] };
    slack.setUserGroup(slack.groups.approvers.id, [slack.people.approver.id]);
    await scene.configure({ clusters: { prod: TWO }, rules: [rule] });
    const one = await scene.run(['check']);
    await scene.configure({ clusters: { prod: { ...TWO, floor: { approvals: 2 } } }, rules: [rule] });
    const two = await scene.run(['check']);
    slack.setUserGroup(slack.groups.approvers.id, slack.groups.approvers.members);
    expect(one.code).toBe(0);
    expect(rowsOf(one.stdout)).toContainEqual(
      expect.stringMatching(/^WARNING approvers in C\w+: acquire: just 1 may approve/),
    );
    expect(two.code).toBe(1);
    expect(rowsOf(two.stdout)).toContainEqual(
      expect.stringMatching(/^FAILED approvers in C\w+: acquire: 2 have to approve and 1 may →/),
    );
  });

  test('fails where Slack refuses the token, and does not fail where there is none', async () => {
    await scene.configure({ clusters: { prod: TWO } });
    const refused = await scene.run(['check'], { SLACK_BOT_TOKEN: 'xoxb-of-nobody' });
    expect(refused.code).toBe(1);
    expect(rowsOf(refused.stdout)).toContainEqual(
      expect.stringMatching(/^FAILED bot token: Slack does not accept the bot token \(invalid_auth\)/),
    );
    const none = await scene.run(['check'], { SLACK_BOT_TOKEN: '' });
    expect(none.code).toBe(0);
    expect(rowsOf(none.stdout)).toContain('not checked bot token: SLACK_BOT_TOKEN is not set here');
  });
});
