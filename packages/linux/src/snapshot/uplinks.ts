import {
  type InterfaceAddress,
  type Ip,
  type IpFamily,
  type Mac,
  prefixContains,
  prefixOf,
} from '@podpath/net';
import type { RouteSpec } from '../commands.ts';
import type { LinkRecord } from '../parse/ip-link.ts';
import { isLinkLocal } from '../routing/address-kinds.ts';
import { roleOf } from './device-role.ts';
import type { NamespaceDump } from './namespace-dump.ts';

/** A device of a node by which it reaches what is beyond the machine. */
export interface Uplink {
  readonly node: string;
  readonly dump: NamespaceDump;
  readonly link: LinkRecord;
  /** Of the device, or of the bridge that it is a port of; link-local ones are left out. */
  readonly addresses: readonly InterfaceAddress[];
  /** Next hops of the node's routes by it, as far as they are no address of the node. */
  readonly gateways: readonly Ip[];
  /** MACs of its gateways, as the node has them. */
  readonly gatewayMacs: ReadonlyMap<Ip, Mac>;
}

/** The uplinks of one node. `isPaired` is asked for veths that have an address or a gateway. Throws ParseError. */
export function uplinksOf(
  node: string,
  dump: NamespaceDump,
  isPaired: (link: LinkRecord) => boolean,
): readonly Uplink[] {
  const links = dump.links();
  const byName = new Map(links.map((link) => [link.name, link]));
  const addresses = dump.addresses().commands;
  const families: readonly IpFamily[] = [4, 6];
  const routes = families.flatMap((family) => dump.routes(family).routes);
  const neighbours = dump.neighbours().commands;
  return links.flatMap((link) => {
    const bridge = link.master === undefined ? undefined : byName.get(link.master);
    // What the IP layer sees: the device itself, or the bridge that it is a port of.
    const face = bridge?.kind === 'bridge' ? bridge.name : link.name;
    const own = addresses
      .filter(({ dev, address }) => dev === face && !isLinkLocal(address.address))
      .map(({ address }) => address);
    const gateways = gatewaysBy(routes, face);
    const matters = own.length > 0 || gateways.length > 0;
    const role = roleOf(link, {
      isPaired: () => !matters || isPaired(link),
      masterKind: bridge?.kind,
      // Of no importance to what leads out of a node.
      bridgesCallIptables: () => true,
      isConfigured: () => true,
    });
    if (role.kind !== 'uplink' || !matters) return [];
    const gatewayMacs = new Map(
      neighbours
        .filter(({ dev, address }) => dev === face && gateways.includes(address))
        .map(({ address, mac }) => [address, mac]),
    );
    return [{ node, dump, link, addresses: own, gateways, gatewayMacs }];
  });
}

function gatewaysBy(routes: readonly RouteSpec[], dev: string): readonly Ip[] {
  const gateways = new Set<Ip>();
  for (const { dev: by, via } of routes) if (by === dev && via !== undefined) gateways.add(via);
  return [...gateways];
}

/** The longest subnet of an uplink that an address lies in. */
export function subnetFor(uplinks: readonly Uplink[], address: Ip): InterfaceAddress | undefined {
  let best: InterfaceAddress | undefined;
  for (const { addresses } of uplinks) {
    for (const own of addresses) {
      if (own.length <= (best?.length ?? -1) || !holds(own, address)) continue;
      best = own;
    }
  }
  return best;
}

const holds = (own: InterfaceAddress, address: Ip): boolean =>
  typeof own.address === typeof address &&
  prefixContains(prefixOf(own.address, own.length), address);
