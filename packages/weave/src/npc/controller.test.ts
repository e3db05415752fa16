import { formatIp } from '@podpath/net';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { NpcController } from './controller.ts';
import { NpcError } from './npc-error.ts';
import { block, entryText, namespace, pod, policy, rule, select, watched } from './npc-text.ts';
import { setNameOf } from './set-name.ts';

const ALL_PODS = setNameOf('default:');
const INGRESS_ALLOW = setNameOf('ingress-default-allow:default');
const EGRESS_ALLOW = setNameOf('egress-default-allow:default');
const WEB = setNameOf('default:app=web');
const DB = setNameOf('default:app=db');

const web = pod('default/web', { app: 'web' }, '10.32.0.2');
const db = pod('default/db', { app: 'db' }, '10.32.0.3');
const webToDb = policy('default/db-from-web', {
  podSelector: select({ app: 'db' }),
  ingress: [rule([{ podSelector: select({ app: 'web' }) }], { protocol: 'TCP', port: 5432 })],
});

/** Who is in a set. */
const members = (controller: NpcController, set: string): string[] =>
  [...(controller.sets.get(set)?.members.values() ?? [])].map(({ entry }) => entryText(entry));

let controller: NpcController;
let said: () => string[];
beforeEach(() => {
  ({ controller, said } = watched());
});

describe('a namespace', () => {
  it('starts with its sets, and with rules for pods that nothing isolates', () => {
    controller.addNamespace(namespace('default'));
    const defaultEgress = `-A WEAVE-NPC-EGRESS-DEFAULT -m set --match-set ${EGRESS_ALLOW} src "DefaultAllow egress isolation for namespace: default"`;
    expect(said()).toEqual([
      `create ${INGRESS_ALLOW} hash:ip`,
      `create ${EGRESS_ALLOW} hash:ip`,
      `create ${ALL_PODS} hash:ip`,
      `-A WEAVE-NPC-DEFAULT -m set --match-set ${INGRESS_ALLOW} dst "DefaultAllow ingress isolation for namespace: default" -j ACCEPT`,
      `${defaultEgress} -j WEAVE-NPC-EGRESS-ACCEPT`,
      `${defaultEgress} -j RETURN`,
    ]);
  });

  it('goes with the last thing that is known of it', () => {
    controller.addNamespace(namespace('default'));
    controller.addPod(web);
    controller.deleteNamespace(namespace('default'));
    expect([...controller.sets.keys()]).toEqual([ALL_PODS]);
    controller.deletePod(web);
    expect([...controller.sets.keys()]).toEqual([]);
  });

  it('moves between namespace selectors’ sets when it is relabelled', () => {
    const red = setNameOf(':team=red');
    controller.addNamespace(namespace('default', { team: 'red' }));
    const fromRed = rule([{ namespaceSelector: select({ team: 'red' }) }]);
    controller.addPolicy(policy('default/from-red', { ingress: [fromRed] }));
    expect(members(controller, red)).toEqual([ALL_PODS]);
    controller.updateNamespace(namespace('default', { team: 'blue' }));
    expect(members(controller, red)).toEqual([]);
    controller.updateNamespace(namespace('default', { team: 'red' }));
    expect(members(controller, red)).toEqual([ALL_PODS]);
  });
});

describe('a policy', () => {
  beforeEach(() => {
    controller.addNamespace(namespace('default'));
    controller.addPod(web);
    controller.addPod(db);
    said();
  });

  it('takes the pods it selects out of default-allow, and lets its peers in', () => {
    controller.addPolicy(webToDb);
    expect(said()).toEqual([
      `create ${DB} hash:ip`,
      `add ${DB} 10.32.0.3`,
      `delete ${INGRESS_ALLOW} 10.32.0.3`,
      `create ${WEB} hash:ip`,
      `add ${WEB} 10.32.0.2`,
      `-A WEAVE-NPC-INGRESS -p tcp -m set --match-set ${WEB} src -m set --match-set ${DB} dst --dport 5432 "pods: namespace: default, selector: app=web -> pods: namespace: default, selector: app=db (ingress)" -j ACCEPT`,
    ]);
  });

  it('leaves nothing behind when it goes', () => {
    controller.addPolicy(webToDb);
    said();
    controller.deletePolicy(webToDb);
    const [removed, ...rest] = said();
    expect(removed).toMatch(/^-D WEAVE-NPC-INGRESS -p tcp/);
    expect(rest).toEqual([`destroy ${DB}`, `add ${INGRESS_ALLOW} 10.32.0.3`, `destroy ${WEB}`]);
  });

  it('shares its rules with an equal policy', () => {
    controller.addPolicy(webToDb);
    said();
    const twin = { ...webToDb, uid: 'default/twin', name: 'twin' };
    controller.addPolicy(twin);
    controller.deletePolicy(webToDb);
    expect(said()).toEqual([]);
    controller.deletePolicy(twin);
    expect(said()).toHaveLength(4);
  });

  it('that changes only replaces what changed', () => {
    controller.addPolicy(webToDb);
    said();
    const ingress = [
      rule([{ podSelector: select({ app: 'web' }) }], { protocol: 'TCP', port: 5433 }),
    ];
    controller.updatePolicy(webToDb, { ...webToDb, ingress });
    expect(said().map((text) => text.replace(/ -m .*--dport/, ' … --dport').slice(0, 50))).toEqual([
      '-D WEAVE-NPC-INGRESS -p tcp … --dport 5432 "pods: ',
      '-A WEAVE-NPC-INGRESS -p tcp … --dport 5433 "pods: ',
    ]);
  });

  it('for egress marks what it lets out, and makes the chain drop the rest for ever', () => {
    const lookups = policy('default/dns', {
      policyTypes: ['Egress'],
      egress: [
        rule([block('10.0.0.0/8', '10.9.0.0/16', '10.1.0.0/16')], { protocol: 'UDP', port: 53 }),
      ],
    });
    controller.addPolicy(lookups);
    const except = setNameOf('default:ipblock-except:10.1.0.0/16 10.9.0.0/16');
    const custom = `-A WEAVE-NPC-EGRESS-CUSTOM -p udp -m set --match-set ${ALL_PODS} src -d 10.0.0.0/8 -m set ! --match-set ${except} dst --dport 53 "pods: namespace: default, selector:  -> cidr: 10.0.0.0/8 except [10.1.0.0/16 10.9.0.0/16] (egress)"`;
    expect(said()).toEqual([
      '-A WEAVE-NPC-EGRESS NEW ! mark -j NFLOG',
      '-A WEAVE-NPC-EGRESS ! mark -j DROP',
      `delete ${EGRESS_ALLOW} 10.32.0.2`,
      `delete ${EGRESS_ALLOW} 10.32.0.3`,
      `create ${except} hash:net`,
      `add ${except} 10.1.0.0/16`,
      `add ${except} 10.9.0.0/16`,
      `${custom} -j WEAVE-NPC-EGRESS-ACCEPT`,
      `${custom} -j RETURN`,
    ]);
    controller.deletePolicy(lookups);
    expect(said().filter((text) => text.startsWith('-D WEAVE-NPC-EGRESS '))).toEqual([]);
  });

  it('opens only the first port of a range, and every port when it names none', () => {
    const ports = [{ protocol: 'TCP', port: 8000, endPort: 9000 }, { protocol: 'SCTP' }] as const;
    controller.addPolicy(policy('default/ports', { ingress: [rule([], ...ports)] }));
    expect(said().filter((text) => text.startsWith('-A'))).toEqual([
      expect.stringMatching(/-p tcp .* --dport 8000 "anywhere -> /),
      expect.stringMatching(/-p sctp .* --dport 0:65535 "anywhere -> /),
    ]);
  });

  it('with a named port is refused as a whole: its pods stay open', () => {
    const named = policy('default/named', {
      podSelector: select({ app: 'db' }),
      ingress: [rule([], { protocol: 'TCP', port: 'postgres' })],
    });
    expect(() => controller.addPolicy(named)).toThrow(NpcError);
    expect(said()).toEqual([]);
    expect(members(controller, INGRESS_ALLOW)).toEqual(['10.32.0.2', '10.32.0.3']);
  });

  it('with an IPv6 block isolates its pods and then lets nobody in', () => {
    const broken = policy('default/v6', {
      podSelector: select({ app: 'db' }),
      ingress: [rule([block('fd00::/8')])],
    });
    expect(() => controller.addPolicy(broken)).toThrow(/IPv6/);
    expect(said()).toEqual([
      `create ${DB} hash:ip`,
      `add ${DB} 10.32.0.3`,
      `delete ${INGRESS_ALLOW} 10.32.0.3`,
    ]);
  });

  it('fails when another kind of selector has taken the name of its set', () => {
    const namespaceSelector = select({ team: 'red' });
    controller.addPolicy(policy('default/a', { ingress: [rule([{ namespaceSelector }])] }));
    const clashing = rule([{ namespaceSelector, podSelector: select() }]);
    expect(() => controller.addPolicy(policy('default/b', { ingress: [clashing] }))).toThrow(
      expect.objectContaining({ code: 'set-name-clash' }),
    );
  });

  it('that selects pods and has them as peers at once still isolates them', () => {
    const among = policy('default/among', { ingress: [rule([{ podSelector: select() }])] });
    controller.addPolicy(among);
    expect(members(controller, INGRESS_ALLOW)).toEqual([]);
  });
});

describe('a pod', () => {
  beforeEach(() => {
    controller.addNamespace(namespace('default'));
    controller.addPolicy(webToDb);
    controller.addPod(db);
    said();
  });

  it('takes no part without an address', () => {
    controller.addPod(pod('default/pending', { app: 'web' }));
    expect(said()).toEqual([]);
  });

  it('changes sets with its labels', () => {
    controller.updatePod(db, { ...db, labels: { app: 'other' } });
    expect(said()).toEqual([`delete ${DB} 10.32.0.3`, `add ${INGRESS_ALLOW} 10.32.0.3`]);
  });

  it('that takes over an address is not removed with its predecessor', () => {
    const successor = pod('default/web-2', { app: 'web' }, '10.32.0.3');
    controller.addPod(successor);
    controller.deletePod(db);
    expect(members(controller, ALL_PODS)).toEqual(['10.32.0.3']);
    expect(members(controller, DB)).toEqual([]);
    expect(members(controller, WEB)).toEqual(['10.32.0.3']);
  });

  it('leaves when it finishes', () => {
    const { address: _address, ...finished } = db;
    controller.updatePod(db, finished);
    expect(members(controller, ALL_PODS)).toEqual([]);
    expect(members(controller, DB)).toEqual([]);
  });
});

describe('whatever the order of events', () => {
  const labels = fc.record({ app: fc.constantFrom('a', 'b', 'c') });
  const selector = fc.oneof(fc.constant(select()), labels.map(select));
  const peer = fc.oneof(
    selector.map((podSelector) => ({ podSelector })),
    selector.map((namespaceSelector) => ({ namespaceSelector })),
    fc.constant(block('10.0.0.0/8', '10.1.0.0/16')),
  );
  const policies = fc.array(
    fc.record({
      namespace: fc.constantFrom('x', 'y'),
      podSelector: selector,
      ingress: fc.array(fc.array(peer, { minLength: 1, maxLength: 2 }), { maxLength: 2 }),
      egress: fc.boolean(),
    }),
    { maxLength: 6 },
  );
  const pods = fc.array(fc.record({ namespace: fc.constantFrom('x', 'y'), labels }), {
    maxLength: 8,
  });

  const content = (controller: NpcController) =>
    [...controller.sets]
      .map(([name, { type, members }]) => ({
        name,
        type,
        members: [...members.values()].map(({ entry }) => entryText(entry)).sort(),
      }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));

  it('the sets are the same, and empty once everything has gone', () => {
    fc.assert(
      fc.property(policies, pods, (givenPolicies, givenPods) => {
        const spaces = ['x', 'y'].map((name) => namespace(name, { app: name === 'x' ? 'a' : 'b' }));
        const npcPolicies = givenPolicies.map(({ ingress, egress, ...spec }, at) =>
          policy(`${spec.namespace}/p${at}`, {
            podSelector: spec.podSelector,
            policyTypes: egress ? ['Ingress', 'Egress'] : ['Ingress'],
            ingress: ingress.map((peers) => rule(peers)),
          }),
        );
        const npcPods = givenPods.map((given, at) =>
          pod(`${given.namespace}/pod${at}`, given.labels, formatIp(0x0a200000 + at)),
        );
        const policiesFirst = new NpcController(() => {});
        for (const one of spaces) policiesFirst.addNamespace(one);
        for (const one of npcPolicies) policiesFirst.addPolicy(one);
        for (const one of npcPods) policiesFirst.addPod(one);
        const podsFirst = new NpcController(() => {});
        for (const one of npcPods) podsFirst.addPod(one);
        for (const one of npcPolicies) podsFirst.addPolicy(one);
        for (const one of spaces) podsFirst.addNamespace(one);
        expect(content(podsFirst)).toEqual(content(policiesFirst));

        for (const one of npcPolicies) policiesFirst.deletePolicy(one);
        for (const one of spaces) policiesFirst.deleteNamespace(one);
        for (const one of npcPods) policiesFirst.deletePod(one);
        expect(content(policiesFirst)).toEqual([]);
      }),
    );
  });
});
