import type { Service, ServicePort } from '@podpath/cluster';

/** Name of a Service port as kube-proxy writes it in comments and hashes it: `ns/name:port`, or `ns/name` for an unnamed port. */
export const servicePortName = (
  service: Pick<Service, 'namespace' | 'name'>,
  port: Pick<ServicePort, 'name'>,
): string => {
  const name = `${service.namespace}/${service.name}`;
  return port.name === '' ? name : `${name}:${port.name}`;
};
