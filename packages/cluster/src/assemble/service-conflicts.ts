import { formatIp, type Ip } from '@podpath/net';
import type { Service } from '../objects.ts';
import { ClusterLoadError, formatPlace, type Problem } from '../problem.ts';
import type { ServiceInput } from '../read/inventory.ts';

/**
 * Cluster IPs and node ports are the cluster's, and each is one Service's. Throws `ClusterLoadError`
 * for those that two Services of the input have.
 */
export const checkServices = (inputs: readonly ServiceInput[]): void => {
  const problems: Problem[] = [];
  const byIp = new Map<Ip, Service>();
  const byNodePort = new Map<string, Service>();
  for (const { service } of inputs) {
    for (const ip of service.clusterIps) {
      const other = byIp.get(ip);
      if (other === undefined) byIp.set(ip, service);
      else problems.push(conflict(service, other, 'spec.clusterIP', formatIp(ip)));
    }
    for (const [index, { nodePort, protocol }] of service.ports.entries()) {
      if (nodePort === undefined) continue;
      const key = `${nodePort}/${protocol}`;
      const other = byNodePort.get(key);
      if (other === undefined) byNodePort.set(key, service);
      else problems.push(conflict(service, other, `spec.ports[${index}].nodePort`, key));
    }
  }
  if (problems.length > 0) throw new ClusterLoadError(problems);
};

const conflict = (service: Service, other: Service, field: string, value: string): Problem => {
  const where = other.source === undefined ? '' : ` (${formatPlace(other.source)})`;
  return {
    type: 'FieldValueInvalid',
    field,
    kind: 'Service',
    name: `${service.namespace}/${service.name}`,
    ...service.source,
    reason: `${value} is already that of ${other.namespace}/${other.name}${where}`,
    expected: 'one that no other Service has',
  };
};
