import type { Ip, Mac } from '@podpath/net';
import type { Network } from '../network.ts';
import type { LinkRecord } from '../parse/ip-link.ts';
import type { NamespaceDump } from './namespace-dump.ts';
import { NamespaceRestorer } from './namespace-restorer.ts';
import type { VethPairs } from './pair-veths.ts';
import { restoreFilters } from './restore-filters.ts';
import {
  type LinkSite,
  linkAdds,
  linkSets,
  portStates,
  rolesOf,
  type SwitchPort,
  wireguardConfigurations,
} from './restore-links.ts';
import { restoreRouting } from './restore-routing.ts';
import { restoreSettings } from './restore-settings.ts';

/** What restoring one node and the pods on it takes. */
export interface NodeSite {
  readonly network: Network;
  /** The node's own namespace, then those of its pods. */
  readonly dumps: readonly NamespaceDump[];
  readonly pairs: VethPairs;
  /** Where the cable of a device that leads out of the snapshot goes. */
  switchPort(dump: NamespaceDump, link: LinkRecord): SwitchPort;
  /** The MAC that an address beyond an uplink has here, where it is not the one that the node knows. */
  macBeyond(dump: NamespaceDump, dev: string, address: Ip): Mac | undefined;
  note(text: string): void;
}

/** Makes the namespaces of a node and brings them into the state of their dumps. Throws ParseError and SnapshotError. */
export function restoreNode(site: NodeSite): void {
  const { network, dumps, pairs } = site;
  const restorers = dumps.map((dump) => {
    network.addNamespace(dump.namespace);
    return new NamespaceRestorer(network, dump, rolesOf(dump, pairs), site.note);
  });
  for (const restorer of restorers) restorer.prepare();
  const cables: { readonly port: SwitchPort; readonly link: LinkRecord }[] = [];
  const links: LinkSite = {
    pairs,
    made: new Set(),
    switchPort: (dump, link) => {
      const port = site.switchPort(dump, link);
      cables.push({ port, link });
      return port;
    },
  };
  for (const restorer of restorers) {
    restorer.apply('ip-link.json', linkAdds(restorer.dump, restorer.roled, links));
  }
  for (const restorer of restorers) {
    restorer.apply('wireguard.txt', wireguardConfigurations(restorer.dump, restorer.roled));
  }
  for (const restorer of restorers) restoreSettings(restorer);
  for (const restorer of restorers) {
    restorer.apply('ip-link.json', linkSets(restorer.dump, restorer.roled));
  }
  for (const { port, link } of cables) plugIn(network, port, link);
  for (const restorer of restorers) {
    restorer.apply('bridge-link.json', portStates(restorer.dump, restorer.roled));
    notePrograms(restorer);
  }
  for (const restorer of restorers) {
    restoreRouting(restorer, (dev, address) => site.macBeyond(restorer.dump, dev, address));
    restoreFilters(restorer);
  }
}

/** A cable whose near end has no carrier has a far end that is down. */
function plugIn(
  network: Network,
  { namespace, port, switchName }: SwitchPort,
  link: LinkRecord,
): void {
  network.apply({
    namespace,
    commands: [
      ...(switchName === undefined
        ? []
        : [{ kind: 'link-set' as const, dev: port, master: switchName }]),
      ...(link.carrier ? [{ kind: 'link-set' as const, dev: port, up: true }] : []),
    ],
  });
}

function notePrograms(restorer: NamespaceRestorer): void {
  const names = restorer.roled.filter(({ link }) => link.hasProgram).map(({ link }) => link.name);
  if (names.length === 0) return;
  restorer.note(`XDP programs see packets first on ${names.join(', ')}: what they do is not known`);
}
