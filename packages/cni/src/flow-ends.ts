import { type Cluster, type Flow, type FlowEnd, formatFlowEnd, podByIp } from '@podpath/cluster';
import { familyOf, type Ip, type IpFamily } from '@podpath/net';
import type { PolicyEnd, PolicyFlow } from '@podpath/policy';
import { FlowError } from './flow-error.ts';
import { namespaceOf } from './node-programmer.ts';

/** A flow made concrete: who sends, from which namespace, and the addresses on the first packet. */
export interface DialledFlow {
  readonly namespace: string;
  /** Bound source; absent when the route chooses. */
  readonly source?: Ip;
  readonly to: Ip;
}

/** Finds the addresses that the flow's ends stand for. Throws FlowError when an end cannot be dialled. */
export function dial(cluster: Cluster, flow: Flow): DialledFlow {
  const candidates = addressesOf(cluster, flow.to);
  const sourceFamilies = familiesOf(cluster, flow.from);
  const to = candidates.find(
    (address) =>
      sourceFamilies.has(familyOf(address)) &&
      (flow.family === undefined || flow.family === familyOf(address)),
  );
  if (to === undefined) {
    throw new FlowError(
      `${formatFlowEnd(flow.from)} and ${formatFlowEnd(flow.to)} have no address family in common` +
        (flow.family === undefined ? '' : ` that is IPv${flow.family}`),
    );
  }
  switch (flow.from.kind) {
    case 'pod': {
      const pod = podOf(cluster, flow.from);
      return { namespace: pod.hostNetwork ? namespaceOf.node(pod.node) : namespaceOf.pod(pod), to };
    }
    case 'node':
      return { namespace: namespaceOf.node(flow.from.name), to };
    case 'address':
      return { namespace: namespaceOf.outside, source: flow.from.address, to };
    case 'service':
      throw new FlowError(
        `${formatFlowEnd(flow.from)} cannot open a connection: name one of its pods`,
      );
  }
}

/** The flow as the policy evaluator takes it. Throws FlowError for a Service, which stands for many pods. */
export function policyFlow(cluster: Cluster, flow: Flow): PolicyFlow {
  return {
    from: policyEnd(cluster, flow.from),
    to: policyEnd(cluster, flow.to),
    protocol: flow.protocol,
    port: flow.port,
    ...(flow.family === undefined ? {} : { family: flow.family }),
  };
}

/** An address that is a pod's or a node's stands for that pod or node. */
function policyEnd(cluster: Cluster, end: FlowEnd): PolicyEnd {
  if (end.kind === 'service') {
    throw new FlowError(
      `policy judges connections to pods: name one that ${formatFlowEnd(end)} leads to`,
    );
  }
  if (end.kind !== 'address') return end;
  const pod = podByIp(cluster, end.address);
  return pod === undefined ? end : { kind: 'pod', namespace: pod.namespace, name: pod.name };
}

function addressesOf(cluster: Cluster, end: FlowEnd): readonly Ip[] {
  switch (end.kind) {
    case 'pod': {
      const pod = podOf(cluster, end);
      if (pod.ips.length === 0) {
        throw new FlowError(`${formatFlowEnd(end)} has no address: its phase is ${pod.phase}`);
      }
      return pod.ips;
    }
    case 'node':
      return nodeOf(cluster, end.name).addresses;
    case 'address':
      return [end.address];
    case 'service': {
      const service = cluster.services.get(`${end.namespace}/${end.name}`);
      if (service === undefined) throw new FlowError(`there is no ${formatFlowEnd(end)}`);
      if (service.clusterIps.length === 0) {
        const why = service.type === 'ExternalName' ? 'a DNS alias' : 'headless';
        throw new FlowError(`${formatFlowEnd(end)} is ${why} and has no address: name a pod`);
      }
      return service.clusterIps;
    }
  }
}

function familiesOf(cluster: Cluster, end: FlowEnd): ReadonlySet<IpFamily> {
  return new Set((end.kind === 'service' ? [] : addressesOf(cluster, end)).map(familyOf));
}

const podOf = (cluster: Cluster, end: { readonly namespace: string; readonly name: string }) => {
  const pod = cluster.pods.get(`${end.namespace}/${end.name}`);
  if (pod === undefined) throw new FlowError(`there is no pod ${end.namespace}/${end.name}`);
  return pod;
};

const nodeOf = (cluster: Cluster, name: string) => {
  const node = cluster.nodes.get(name);
  if (node === undefined) throw new FlowError(`there is no node ${name}`);
  return node;
};
