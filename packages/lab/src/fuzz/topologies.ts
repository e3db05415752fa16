import type { Command } from '@podpath/linux';
import { type IpFamily, type Mac, parseIp } from '@podpath/net';
import { hostOf, type Plan } from './plan.ts';

/** Something that hosts and routers are wired up to. */
export interface Topology {
  readonly name: string;
  readonly weight: number;
  readonly build: (plan: Plan) => void;
}

const FORWARDING: readonly Command[] = [
  { kind: 'sysctl', key: 'net.ipv4.ip_forward', value: 1 },
  { kind: 'sysctl', key: 'net.ipv6.conf.all.forwarding', value: 1 },
];

/** A namespace as every topology makes it: loopback up, IPv6 off where the plan has none. */
function addHost(plan: Plan, name: string): string {
  plan.addNamespace(name);
  if (!plan.families.includes(6)) {
    plan.apply(name, { kind: 'sysctl', key: 'net.ipv6.conf.all.disable_ipv6', value: 1 });
  }
  plan.setUp(name, 'lo');
  return name;
}

function addRouter(plan: Plan, name: string): string {
  addHost(plan, name);
  if (plan.random.chance(0.92)) plan.apply(name, ...forwarding(plan));
  else plan.use('not forwarding');
  return name;
}

const forwarding = (plan: Plan): readonly Command[] =>
  plan.families
    .map((family) => FORWARDING[family === 4 ? 0 : 1])
    .filter((each) => each !== undefined);

/** Client, one or two routers, server: networks 1, 2 and 3. */
function line(plan: Plan): void {
  const long = plan.random.chance(0.4);
  const mtu = plan.random.chance(0.25) ? plan.random.pick([1280, 1400, 1492]) : undefined;
  const routers = long ? ['r', 'q'] : ['r'];
  addHost(plan, 'c');
  for (const router of routers) addRouter(plan, router);
  addHost(plan, 's');
  const chain = ['c', ...routers, 's'];
  for (let at = 0; at + 1 < chain.length; at++) {
    const [near = '', far = ''] = [chain[at], chain[at + 1]];
    const last = at + 2 === chain.length;
    plan.addVeth(
      [near, at === 0 ? 'eth0' : 'e2'],
      [far, last ? 'eth0' : 'e1'],
      last ? mtu : undefined,
    );
    for (const [namespace, device, host] of [
      [near, at === 0 ? 'eth0' : 'e2', at === 0 ? 2 : 1],
      [far, last ? 'eth0' : 'e1', at === 0 ? 1 : 2],
    ] as const) {
      plan.setUp(namespace, device);
      plan.addHost(namespace, device, at + 1, host);
    }
  }
  plan.addRoute('c', 'default', [1, 1]);
  plan.addRoute('s', 'default', [routers.length + 1, 1]);
  if (long) {
    plan.addRoute('r', 3, [2, 2]);
    plan.addRoute('q', 1, [2, 1]);
  }
  if (mtu !== undefined) plan.use('small MTU');
}

/** A node whose pods are ports of a bridge, and a host outside: networks 1 (pods) and 2. */
function bridgedNode(plan: Plan): void {
  const { random } = plan;
  addRouter(plan, 'node');
  const pods = random.chance(0.6) ? ['p1', 'p2'] : ['p1'];
  plan.addBridge('node', 'cni0');
  for (const [at, pod] of pods.entries()) {
    addHost(plan, pod);
    plan.addVeth(['node', `v${at + 1}`], [pod, 'eth0']);
    plan.apply('node', {
      kind: 'link-set',
      dev: `v${at + 1}`,
      master: 'cni0',
      ...(random.chance(0.4) ? { hairpin: true } : {}),
      ...(random.chance(0.1) ? { isolated: true } : {}),
      ...(random.chance(0.05) ? { learning: false } : {}),
      up: true,
    });
    plan.setUp(pod, 'eth0');
    plan.addHost(pod, 'eth0', 1, at + 2);
  }
  plan.setUp('node', 'cni0');
  plan.addHost('node', 'cni0', 1, 1);
  addHost(plan, 'out');
  plan.addVeth(['node', 'eth0'], ['out', 'eth0']);
  plan.setUp('node', 'eth0');
  plan.setUp('out', 'eth0');
  plan.addHost('node', 'eth0', 2, 1);
  plan.addHost('out', 'eth0', 2, 2);
  for (const pod of pods) plan.addRoute(pod, 'default', [1, 1]);
  plan.addRoute('node', 'default', [2, 2]);
  if (random.chance(0.7)) plan.addRoute('out', 1, [2, 1]);
}

/** A node with pods behind veth pairs and a route to each, as Calico builds it: network 1 (pods), 2. */
function routedNode(plan: Plan): void {
  const { random } = plan;
  addRouter(plan, 'node');
  for (const [at, pod] of ['p1', 'p2'].entries()) {
    addHost(plan, pod);
    const port = `cali${at + 1}`;
    plan.addVeth(['node', port], [pod, 'eth0']);
    plan.setUp('node', port);
    plan.setUp(pod, 'eth0');
    for (const family of plan.families) {
      const [address] = hostOf(family, 1, at + 2);
      plan.addAddress(pod, 'eth0', address, family === 4 ? 32 : 128);
      plan.apply('node', {
        kind: 'route-add',
        route: { dst: { address, length: family === 4 ? 32 : 128 }, dev: port, scope: 'link' },
      });
    }
    podRoutes(plan, pod, port);
  }
  addHost(plan, 'out');
  plan.addVeth(['node', 'eth0'], ['out', 'eth0']);
  plan.setUp('node', 'eth0');
  plan.setUp('out', 'eth0');
  plan.addHost('node', 'eth0', 2, 1);
  plan.addHost('out', 'eth0', 2, 2);
  plan.addRoute('node', 'default', [2, 2]);
  if (random.chance(0.7)) plan.addRoute('out', 1, [2, 1]);
  plan.use('proxy ARP');
}

/** By way of an address that nobody has: proxy ARP answers for it, and for IPv6 it is permanent. */
function podRoutes(plan: Plan, pod: string, port: string): void {
  if (plan.families.includes(4)) {
    const gateway = parseIp('169.254.1.1');
    plan.apply('node', { kind: 'sysctl', key: `net.ipv4.conf.${port}.proxy_arp`, value: 1 });
    plan.apply(
      pod,
      {
        kind: 'route-add',
        route: { dst: { address: gateway, length: 32 }, dev: 'eth0', scope: 'link' },
      },
      { kind: 'route-add', route: { dst: { address: 0, length: 0 }, via: gateway, dev: 'eth0' } },
    );
  }
  if (plan.families.includes(6)) {
    const gateway = parseIp('fe80::1');
    const mac = macOf(plan, port);
    if (mac !== undefined) {
      plan.apply(pod, {
        kind: 'neighbour-replace',
        dev: 'eth0',
        address: gateway,
        mac,
        state: 'permanent',
      });
    }
    plan.apply(pod, {
      kind: 'route-add',
      route: { dst: { address: 0n, length: 0 }, via: gateway, dev: 'eth0' },
    });
  }
}

/** The MAC that a device of the node was made with. */
function macOf(plan: Plan, name: string): Mac | undefined {
  for (const step of plan.steps) {
    if (step.do === 'apply' && step.command.kind === 'link-add' && step.command.name === name) {
      return step.command.mac;
    }
  }
  return undefined;
}

/** Two nodes with a pod each, joined by VXLAN as Flannel programs it: networks 1 and 2 (pods), 9 (nodes). */
function tunnelledNodes(plan: Plan): void {
  const { random } = plan;
  const outer: IpFamily = plan.families[0] ?? 4;
  const nodes = [1, 2] as const;
  for (const node of nodes) addRouter(plan, `n${node}`);
  plan.addVeth(['n1', 'eth0'], ['n2', 'eth0']);
  for (const node of nodes) {
    plan.setUp(`n${node}`, 'eth0');
    plan.addHost(`n${node}`, 'eth0', 9, node);
    addHost(plan, `p${node}`);
    plan.addVeth([`n${node}`, 'v1'], [`p${node}`, 'eth0']);
    plan.setUp(`n${node}`, 'v1');
    plan.setUp(`p${node}`, 'eth0');
    plan.addHost(`n${node}`, 'v1', node, 1);
    plan.addHost(`p${node}`, 'eth0', node, 2);
    plan.addRoute(`p${node}`, 'default', [node, 1]);
  }
  // IPv6 hosts would teach it things of their own accord.
  const learning = !plan.families.includes(6) && random.chance(0.3);
  const broken = random.chance(0.15)
    ? random.pick(['fdb', 'neighbour', 'vni'] as const)
    : undefined;
  const macs = [0x0200_0000_1001, 0x0200_0000_1002] as const;
  for (const node of nodes) {
    const name = `n${node}`;
    const other = 3 - node;
    const [local] = hostOf(outer, 9, node);
    const [remote] = hostOf(outer, 9, other);
    const [mac, peerMac] = node === 1 ? macs : [macs[1], macs[0]];
    plan.apply(name, {
      ...{ kind: 'link-add', type: 'vxlan', name: 'vx', mac, local, dev: 'eth0', learning },
      ...{ vni: broken === 'vni' ? node : 1, port: random.chance(0.5) ? 4789 : 4789 },
    });
    plan.devices.push({ namespace: name, name: 'vx', type: 'vxlan' });
    for (const family of plan.families) {
      const [address] = hostOf(family, node, 0);
      plan.addAddress(name, 'vx', address, family === 4 ? 32 : 128);
    }
    plan.setUp(name, 'vx');
    for (const family of plan.families) {
      const [gateway] = hostOf(family, other, 0);
      const [address, length] = hostOf(family, other, 0);
      if (broken !== 'neighbour') {
        plan.apply(name, {
          kind: 'neighbour-replace',
          dev: 'vx',
          address: gateway,
          mac: peerMac,
          state: 'permanent',
        });
      }
      plan.apply(name, {
        kind: 'route-add',
        route: { dst: { address, length }, via: gateway, dev: 'vx', onlink: true },
      });
    }
    if (broken !== 'fdb') {
      plan.apply(name, {
        kind: 'fdb-append',
        dev: 'vx',
        mac: peerMac,
        dst: remote,
        life: 'permanent',
      });
    }
    if (random.chance(0.2)) {
      plan.apply(name, { kind: 'fdb-append', dev: 'vx', mac: 0, dst: remote, life: 'permanent' });
    }
  }
  plan.use(learning ? 'vxlan learning' : 'vxlan');
  if (broken !== undefined) plan.use(`vxlan without ${broken}`);
}

/** Hosts on a switch, one of them a router to a further network: networks 1 and 2. */
function segment(plan: Plan): void {
  const { random } = plan;
  addHost(plan, 'sw');
  plan.addBridge('sw', 'br0');
  plan.setUp('sw', 'br0');
  if (random.chance(0.3)) plan.addHost('sw', 'br0', 1, 200);
  for (const [at, name] of ['a', 'b', 'r'].entries()) {
    if (name === 'r') addRouter(plan, name);
    else addHost(plan, name);
    plan.addVeth(['sw', `port${at}`], [name, 'eth0']);
    plan.apply('sw', { kind: 'link-set', dev: `port${at}`, master: 'br0', up: true });
    plan.setUp(name, 'eth0');
    plan.addHost(name, 'eth0', 1, at + 1);
  }
  plan.addHost('r', 'lo', 2, 1);
  for (const name of ['a', 'b']) plan.addRoute(name, 'default', [1, 3]);
}

/** Namespaces joined at random, addressed at random, with default routes that may go in circles. */
function tangle(plan: Plan): void {
  const { random } = plan;
  const names = ['a', 'b', 'c', 'd'].slice(0, random.between(2, 4));
  for (const name of names) addRouter(plan, name);
  const cables = random.between(names.length - 1, names.length + 1);
  for (let cable = 0; cable < cables; cable++) {
    const near = names[cable % names.length] ?? 'a';
    const far = random.pick(names.filter((name) => name !== near));
    const network = random.between(1, 3);
    plan.addVeth([near, `x${cable}`], [far, `y${cable}`]);
    for (const [namespace, device] of [
      [near, `x${cable}`],
      [far, `y${cable}`],
    ] as const) {
      if (random.chance(0.95)) plan.setUp(namespace, device);
      if (random.chance(0.9)) plan.addHost(namespace, device, network, random.between(1, 6));
    }
  }
  for (const name of names) {
    const neighbours = plan.addresses.filter((each) => each.namespace !== name);
    if (neighbours.length === 0 || random.chance(0.2)) continue;
    const gateway = random.pick(neighbours).address;
    const v4 = typeof gateway === 'number';
    plan.apply(name, {
      kind: 'route-add',
      route: { dst: { address: v4 ? 0 : 0n, length: 0 }, via: gateway },
    });
  }
}

export const TOPOLOGIES: readonly Topology[] = [
  { name: 'line', weight: 3, build: line },
  { name: 'bridged node', weight: 3, build: bridgedNode },
  { name: 'routed node', weight: 2, build: routedNode },
  { name: 'tunnelled nodes', weight: 2, build: tunnelledNodes },
  { name: 'segment', weight: 1, build: segment },
  { name: 'tangle', weight: 2, build: tangle },
];
