import { parsePrefix } from '@podpath/net';
import { describe, expect, it } from 'vitest';
import { kubeProxyCommands } from './kube-proxy.ts';
import {
  testCluster,
  testEndpoint,
  testNode,
  testPort,
  testService,
  testSlice,
} from './test-cluster.ts';
import { ruleTexts } from './test-rule-text.ts';
import { addedRules, clusterOf, here, NODE, OPTIONS, there, web } from './test-web-service.ts';

describe('a node without any Service', () => {
  const commands = kubeProxyCommands(testCluster({ nodes: [NODE] }), NODE, OPTIONS);

  it('keeps connections longer in conntrack than the kernel would by default, and opens localhost NodePorts', () => {
    expect(commands.filter((command) => command.kind === 'sysctl')).toEqual([
      {
        kind: 'sysctl',
        key: 'net.netfilter.nf_conntrack_tcp_timeout_established',
        value: 86_400,
      },
      { kind: 'sysctl', key: 'net.netfilter.nf_conntrack_tcp_timeout_close_wait', value: 3600 },
      { kind: 'sysctl', key: 'net.ipv4.conf.all.route_localnet', value: 1 },
    ]);
  });

  it('has these jumps, the last inserted walked first', () => {
    const walked = (table: string, chain: string) =>
      ruleTexts(commands, table)
        .filter((text) => text.startsWith(`-I ${chain} `))
        .map((text) => text.split('-j ')[1])
        .reverse();
    expect(walked('filter', 'INPUT')).toEqual([
      'KUBE-FIREWALL',
      'KUBE-PROXY-FIREWALL',
      'KUBE-NODEPORTS',
      'KUBE-EXTERNAL-SERVICES',
    ]);
    expect(walked('filter', 'FORWARD')).toEqual([
      'KUBE-PROXY-FIREWALL',
      'KUBE-FORWARD',
      'KUBE-SERVICES',
      'KUBE-EXTERNAL-SERVICES',
    ]);
    expect(walked('filter', 'OUTPUT')).toEqual([
      'KUBE-FIREWALL',
      'KUBE-PROXY-FIREWALL',
      'KUBE-SERVICES',
    ]);
    expect(walked('nat', 'PREROUTING')).toEqual(['KUBE-SERVICES']);
    expect(walked('nat', 'OUTPUT')).toEqual(['KUBE-SERVICES']);
    expect(walked('nat', 'POSTROUTING')).toEqual(['KUBE-POSTROUTING']);
  });

  it('looks at filter rules for Services only when a connection begins', () => {
    expect(ruleTexts(commands, 'filter')).toContain(
      '-I FORWARD -m conntrack --ctstate NEW -m comment --comment "kubernetes service portals" -j KUBE-SERVICES',
    );
    expect(ruleTexts(commands, 'filter')).toContain('-I INPUT -j KUBE-FIREWALL');
  });

  it('has these rules', () => {
    const appended = (table: string) =>
      ruleTexts(commands, table).filter((text) => text.startsWith('-A'));
    expect(appended('mangle')).toEqual([]);
    expect(appended('filter')).toEqual([
      '-A KUBE-FIREWALL -m comment --comment "block incoming localnet connections" -d 127.0.0.0/8 ! -s 127.0.0.0/8 -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP',
      '-A KUBE-FORWARD -m conntrack --ctstate INVALID -j DROP',
      '-A KUBE-FORWARD -m comment --comment "kubernetes forwarding rules" -m mark --mark 0x4000/0x4000 -j ACCEPT',
      '-A KUBE-FORWARD -m comment --comment "kubernetes forwarding conntrack rule" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
    ]);
    expect(appended('nat')).toEqual([
      '-A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN',
      '-A KUBE-POSTROUTING -j MARK --xor-mark 0x4000',
      '-A KUBE-POSTROUTING -m comment --comment "kubernetes service traffic requiring SNAT" -j MASQUERADE --random-fully',
      '-A KUBE-MARK-MASQ -j MARK --or-mark 0x4000',
      '-A KUBE-SERVICES -m comment --comment "kubernetes service nodeports; NOTE: this must be the last rule in this chain" -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS',
    ]);
  });

  it('has its canary in every table that it watches', () => {
    for (const table of ['mangle', 'nat', 'filter']) {
      expect(ruleTexts(commands, table)).toContain(':KUBE-PROXY-CANARY');
    }
  });
});

describe('a Service with two endpoints', () => {
  const cluster = clusterOf(web(), here('10.244.1.2'), there('10.244.2.2'));

  it('has these nat rules', () => {
    expect(addedRules('nat', cluster)).toEqual([
      '-A KUBE-SERVICES -m comment --comment "default/web:http cluster IP" -m tcp -p tcp -d 10.96.0.10 --dport 80 -j KUBE-SVC-CDGGSHYLG3RE2FKL',
      '-A KUBE-SVC-CDGGSHYLG3RE2FKL -m comment --comment "default/web:http cluster IP" -m tcp -p tcp -d 10.96.0.10 --dport 80 ! -s 10.244.0.0/16 -j KUBE-MARK-MASQ',
      '-A KUBE-SVC-CDGGSHYLG3RE2FKL -m comment --comment "default/web:http -> 10.244.1.2:8080" -m statistic --mode random --probability 0.50000000000 -j KUBE-SEP-UIQK3OSOSTRHRPBX',
      '-A KUBE-SVC-CDGGSHYLG3RE2FKL -m comment --comment "default/web:http -> 10.244.2.2:8080" -j KUBE-SEP-4EX2N4PG4ASNZOBF',
      '-A KUBE-SEP-UIQK3OSOSTRHRPBX -m comment --comment default/web:http -s 10.244.1.2 -j KUBE-MARK-MASQ',
      '-A KUBE-SEP-UIQK3OSOSTRHRPBX -m comment --comment default/web:http -m tcp -p tcp -j DNAT --to-destination 10.244.1.2:8080',
      '-A KUBE-SEP-4EX2N4PG4ASNZOBF -m comment --comment default/web:http -s 10.244.2.2 -j KUBE-MARK-MASQ',
      '-A KUBE-SEP-4EX2N4PG4ASNZOBF -m comment --comment default/web:http -m tcp -p tcp -j DNAT --to-destination 10.244.2.2:8080',
    ]);
  });

  it('has no filter rules', () => {
    expect(addedRules('filter', cluster)).toEqual([]);
  });

  it('makes every chain before a rule jumps to it', () => {
    const made = new Set(['INPUT', 'FORWARD', 'OUTPUT', 'PREROUTING', 'POSTROUTING']);
    for (const table of ['filter', 'nat']) {
      for (const text of ruleTexts(kubeProxyCommands(cluster, NODE, OPTIONS), table)) {
        if (text.startsWith(':')) made.add(text.slice(1));
        for (const name of text.match(/KUBE-[A-Z0-9-]+(?=$)|(?<=^-[AI] )\S+/g) ?? []) {
          expect(made).toContain(name);
        }
      }
    }
  });
});

describe('a cluster with both families', () => {
  const node = testNode('node1', '192.0.2.11', { addresses: [0xc000_020b, 0x2001_0db8n << 96n] });
  const service = testService('web', ['10.96.0.10', 'fd00:96::10'], [testPort(80)], {
    selector: { app: 'web' },
  });
  const slices = ['10.244.1.2', 'fd00:244:1::2'].map((address) =>
    testSlice('web', [{ name: '', protocol: 'TCP', port: 80 }], [testEndpoint(address)]),
  );
  const cluster = testCluster({ nodes: [node], services: [service], slices });
  const commands = kubeProxyCommands(cluster, node, {
    ...OPTIONS,
    localDetector: {
      kind: 'cluster-cidr',
      cidrs: [parsePrefix('10.244.0.0/16'), parsePrefix('fd00:244::/48')],
    },
  });
  const ofFamily = (family: 4 | 6) =>
    ruleTexts(commands.filter((c) => c.kind === 'iptables' && c.family === family));

  it('has the rules of each in its own tables', () => {
    expect(ofFamily(4).join('\n')).not.toContain('fd00');
    expect(ofFamily(6).join('\n')).not.toContain('10.');
    expect(ofFamily(6).join('\n')).toContain('-d fd00:96::10 --dport 80 ! -s fd00:244::/48');
    expect(ofFamily(6).join('\n')).toContain('-j DNAT --to-destination [fd00:244:1::2]:80');
  });

  it('keeps localhost NodePorts to IPv4, where they can work', () => {
    expect(ofFamily(6).join('\n')).not.toContain('block incoming localnet');
    expect(ofFamily(6).join('\n')).toContain(
      '-m addrtype --dst-type LOCAL ! -d ::1 -j KUBE-NODEPORTS',
    );
  });
});

describe('a large cluster', () => {
  const many = Array.from({ length: 1001 }, (_, i) => there(`10.245.${i >> 8}.${i & 255}`));

  it('does without the comments of endpoint rules once it has more than a thousand endpoints', () => {
    const rules = (count: number) => addedRules('nat', clusterOf(web(), ...many.slice(0, count)));
    expect(rules(1000).filter((text) => text.includes('default/web:http ->'))).toHaveLength(1000);
    const large = rules(1001);
    expect(large.filter((text) => text.includes('--comment'))).toHaveLength(2);
    expect(large).toHaveLength(2 + 3 * 1001);
  });

  it('writes rules that are alike on every node once', () => {
    const other = testNode('node2', '192.0.2.12');
    const cluster = clusterOf(web(), here('10.244.1.2'));
    expect(kubeProxyCommands(cluster, other, OPTIONS)).toBe(
      kubeProxyCommands(cluster, NODE, OPTIONS),
    );
    const local = clusterOf(web({ internalTrafficPolicy: 'Local' }), here('10.244.1.2'));
    expect(kubeProxyCommands(local, other, OPTIONS)).not.toEqual(
      kubeProxyCommands(local, NODE, OPTIONS),
    );
  });
});
