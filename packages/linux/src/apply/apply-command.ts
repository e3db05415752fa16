import type { Command } from '../commands.ts';
import type { Namespace } from '../namespace.ts';
import { addDeviceAddress, deleteDeviceAddress } from './address-commands.ts';
import { changeFdb } from './fdb-commands.ts';
import { addLink } from './link-add.ts';
import { deleteLink, setLink } from './link-set.ts';
import { changeNeighbour } from './neighbour-commands.ts';
import { changeRoute } from './route-commands.ts';
import { changeRule } from './rule-commands.ts';
import { setSysctl } from './sysctl-command.ts';
import { configureWireguard } from './wireguard-command.ts';

/** Carries out one command. Throws `CommandError` where the kernel would refuse it. */
export function applyCommand(namespace: Namespace, command: Command): void {
  switch (command.kind) {
    case 'link-add':
      addLink(namespace, command);
      return;
    case 'link-set':
      setLink(namespace, command);
      return;
    case 'link-delete':
      deleteLink(namespace, command);
      return;
    case 'address-add':
      addDeviceAddress(namespace, command);
      return;
    case 'address-delete':
      deleteDeviceAddress(namespace, command);
      return;
    case 'route-add':
    case 'route-append':
    case 'route-replace':
    case 'route-delete':
      changeRoute(namespace, command);
      return;
    case 'rule-add':
    case 'rule-delete':
      changeRule(namespace, command);
      return;
    case 'neighbour-replace':
    case 'neighbour-delete':
    case 'neighbour-proxy-add':
    case 'neighbour-proxy-delete':
      changeNeighbour(namespace, command);
      return;
    case 'fdb-append':
    case 'fdb-replace':
    case 'fdb-delete':
      changeFdb(namespace, command);
      return;
    case 'sysctl':
      setSysctl(namespace, command);
      return;
    case 'wireguard':
      configureWireguard(namespace, command);
      return;
    case 'iptables':
    case 'ipset':
    case 'conntrack':
    case 'nft':
      namespace.netfilter.apply(command);
  }
}
