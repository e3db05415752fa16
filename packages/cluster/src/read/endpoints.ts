import { familyOf, type Ip } from '@podpath/net';
import type { Endpoint, EndpointSlice } from '../objects.ts';
import { readIp } from './address.ts';
import type { ReadContext } from './context.ts';
import { readPort, readTarget } from './endpoint-slice.ts';
import type { Field } from './field.ts';
import { readMetadata, readNamespaceName } from './metadata.ts';

/** An `Endpoints` object as the slices that the mirroring controller would make of it: one a subset and family. */
export const readEndpoints = (root: Field, context: ReadContext): EndpointSlice[] => {
  const { name } = readMetadata(root);
  const namespace = readNamespaceName(root, context.defaultNamespace);
  const source = context.sourceOf([]);
  return root
    .at('subsets')
    .items()
    .flatMap((item, index) => {
      const subset = item.object();
      const ports = subset.at('ports').items().map(readPort);
      const endpoints = [
        ...subset
          .at('addresses')
          .items()
          .flatMap((one) => readAddress(one, true, namespace)),
        ...subset
          .at('notReadyAddresses')
          .items()
          .flatMap((one) => readAddress(one, false, namespace)),
      ];
      return ([4, 6] as const).flatMap((family) => {
        const ofFamily = endpoints.filter(({ address }) => familyOf(address) === family);
        if (ofFamily.length === 0) return [];
        return {
          namespace,
          name: `${name}-${index}-ipv${family}`,
          service: name,
          family,
          ports,
          endpoints: ofFamily.map(({ endpoint }) => endpoint),
          ...(source === undefined ? {} : { source }),
        };
      });
    });
};

const readAddress = (
  field: Field,
  ready: boolean,
  namespace: string,
): { address: Ip; endpoint: Endpoint }[] => {
  const item = field.object();
  const address = readIp(item.at('ip'));
  if (address === undefined) return [];
  const nodeName = item.at('nodeName').text();
  const hostname = item.at('hostname').text();
  const endpoint: Endpoint = {
    addresses: [address],
    ready,
    serving: ready,
    terminating: false,
    ...(nodeName === undefined ? {} : { nodeName }),
    ...(hostname === undefined ? {} : { hostname }),
    ...readTarget(item.at('targetRef').object(), namespace),
  };
  return [{ address, endpoint }];
};
