import type { Match, Target } from '@podpath/linux';
import type { IpFamily } from '@podpath/net';
import type { PortPlan } from './port-plan.ts';
import {
  addressedTo,
  comment,
  destinationPort,
  jump,
  protocolOf,
  type TableWriter,
} from './rules.ts';

/**
 * How traffic gets into a Service port's chains: by ClusterIP, external addresses, load balancer
 * addresses and NodePort, and what stops it when no endpoint may take it. Reject when there is no
 * endpoint anywhere, silence when there is one on another node that the policy rules out.
 */
export function writeEntries(
  plan: PortPlan,
  family: IpFamily,
  filter: TableWriter,
  nat: TableWriter,
): void {
  const { port, selected } = plan;
  const { protocol } = port;
  const stop = selected.hasAny
    ? { note: comment(`${port.name} has no local endpoints`), target: DROP }
    : { note: comment(`${port.name} has no endpoints`), target: reject(family) };

  const clusterIp = addressedTo(protocol, port.clusterIp, port.port);
  if (plan.internalChain !== undefined) {
    nat.rule(
      'KUBE-SERVICES',
      [comment(`${port.name} cluster IP`), ...clusterIp],
      jump(plan.internalChain),
    );
  } else {
    filter.rule('KUBE-SERVICES', [stop.note, ...clusterIp], stop.target);
  }

  const stopExternal = (matches: readonly Match[]): void => {
    if (plan.externalPolicyChain !== undefined) return;
    filter.rule('KUBE-EXTERNAL-SERVICES', [stop.note, ...matches], stop.target);
  };

  for (const address of port.externalIps) {
    const addressed = addressedTo(protocol, address, port.port);
    if (plan.hasExternalChain) {
      nat.rule(
        'KUBE-SERVICES',
        [comment(`${port.name} external IP`), ...addressed],
        jump(port.chains.external),
      );
    }
    stopExternal(addressed);
  }

  for (const address of port.loadBalancerIps) {
    const addressed = addressedTo(protocol, address, port.port);
    if (plan.hasExternalChain) {
      nat.rule(
        'KUBE-SERVICES',
        [comment(`${port.name} loadbalancer IP`), ...addressed],
        jump(plan.hasFirewallChain ? port.chains.firewall : port.chains.external),
      );
    }
    if (plan.hasFirewallChain) {
      filter.rule(
        'KUBE-PROXY-FIREWALL',
        [comment(`${port.name} traffic not accepted by ${port.chains.firewall}`), ...addressed],
        DROP,
      );
    }
  }
  for (const address of port.loadBalancerIps) {
    stopExternal(addressedTo(protocol, address, port.port));
  }

  if (port.nodePort !== undefined) {
    const toPort = [...protocolOf(protocol), destinationPort(protocol, port.nodePort)];
    if (plan.hasExternalChain) {
      nat.rule('KUBE-NODEPORTS', [comment(port.name), ...toPort], jump(port.chains.external));
    }
    stopExternal([{ kind: 'address-type', destination: { type: 'LOCAL' } }, ...toPort]);
  }

  if (port.healthCheckNodePort !== undefined) {
    filter.rule(
      'KUBE-NODEPORTS',
      [
        comment(`${port.name} health check node port`),
        ...protocolOf('tcp'),
        destinationPort('tcp', port.healthCheckNodePort),
      ],
      { kind: 'accept' },
    );
  }
}

const DROP: Target = { kind: 'drop' };

const reject = (family: IpFamily): Target => ({
  kind: 'reject',
  with: family === 4 ? 'icmp-port-unreachable' : 'icmp6-port-unreachable',
});
