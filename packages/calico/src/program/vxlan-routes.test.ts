import { planUnderlay } from '@podpath/cni';
import { formatProgram } from '@podpath/linux';
import { describe, expect, it } from 'vitest';
import { configure } from '../options.ts';
import { testCluster } from '../testing/test-cluster.ts';
import { planCalico } from './calico-plan.ts';
import { VxlanRoutes } from './vxlan-routes.ts';

/** The commands of one node, as `ip` and `bridge` read them. */
const commandsOf = (
  name: string,
  cluster: Parameters<typeof testCluster>[0],
  options?: unknown,
): readonly string[] => {
  const checked = configure(options);
  const plan = planCalico(testCluster(cluster), checked);
  const routes = new VxlanRoutes(plan.cluster, plan.addresses, checked, planUnderlay(plan.cluster));
  const node = plan.cluster.nodes.get(name);
  if (node === undefined) throw new Error(`no node ${name}`);
  const text = formatProgram({ namespace: name, commands: routes.commands(node, plan.families) });
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
};

const routesOf = (...args: Parameters<typeof commandsOf>) =>
  commandsOf(...args).filter((line) => line.startsWith('route'));

describe('VxlanRoutes', () => {
  it('leads to a tunnel whose address is a block by itself straight through the device', () => {
    const cluster = { nodes: { n1: ['172.18.0.2'], n2: ['172.18.0.3'] }, podNetworks: [] };
    const options = { ipPools: [{ cidr: '10.48.0.0/30', blockSize: 32 }] };
    const [to] = routesOf('n1', cluster, options);
    expect(to).toMatch(/^route replace 10\.48\.0\.\d dev vxlan\.calico scope link proto 80$/);
  });

  it('has no blackhole for a block of one address', () => {
    const cluster = { nodes: { n1: ['172.18.0.2'] }, podNetworks: [] };
    const options = { ipPools: [{ cidr: '10.48.0.0/30', blockSize: 32 }] };
    expect(routesOf('n1', cluster, options)).toEqual([]);
  });

  it('does nothing for a node without an address, and nothing towards it', () => {
    const cluster = {
      nodes: { n1: ['172.18.0.2'], n2: [] },
      pods: { a: { node: 'n2', ips: ['10.244.2.1'] } },
    };
    expect(commandsOf('n1', cluster).join('\n')).not.toContain('10.244.2');
    expect(commandsOf('n2', cluster)).toEqual(['route replace blackhole 10.244.2.0/26 proto 80']);
  });

  it('leads to every block of a node', () => {
    const pods = Object.fromEntries(
      ['10.244.2.1', '10.244.3.1', '10.244.4.1'].map((ip) => [ip, { node: 'n2', ips: [ip] }]),
    );
    const cluster = { nodes: { n1: ['172.18.0.2'], n2: ['172.18.0.3'] }, pods };
    expect(routesOf('n1', cluster).filter((line) => line.includes('via'))).toEqual(
      ['10.244.2.0/26', '10.244.3.0/26', '10.244.4.0/26'].map(
        (block) =>
          `route replace ${block} via 10.244.2.0 dev vxlan.calico onlink proto 80 mtu 1450`,
      ),
    );
  });

  it('takes ports, ids and MTUs from the options', () => {
    const cluster = { nodes: { n1: ['172.18.0.2'] } };
    const [device] = commandsOf('n1', cluster, { vxlanPort: 8472, vxlanVNI: 7, mtu: 1400 });
    expect(device).toContain('mtu 1400 type vxlan id 7 ');
    expect(device).toContain('dstport 8472');
  });
});
