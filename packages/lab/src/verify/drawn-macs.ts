import type { Command, Network } from '@podpath/linux';
import type { Mac } from '@podpath/net';
import type { PlacedCommand } from '../kernel/command-batches.ts';

/**
 * The commands with the MAC addresses that an emulated network drew where they give none, so that a real one has the
 * same. A bridge's is left to the kernel: it follows its ports'.
 */
export const withDrawnMacs = (
  commands: readonly PlacedCommand[],
  network: Network,
): readonly PlacedCommand[] =>
  commands.map((placed) => ({ ...placed, command: withMacs(placed, network) }));

function withMacs({ namespace, command }: PlacedCommand, network: Network): Command {
  if (command.kind !== 'link-add' || command.type === 'bridge') return command;
  const mac = drawn(network, namespace, command.name);
  const own = command.mac === undefined && mac !== undefined ? { mac } : {};
  if (command.type !== 'veth') return { ...command, ...own };
  const { peer } = command;
  const peerMac = drawn(network, peer.namespace ?? namespace, peer.name);
  return {
    ...command,
    ...own,
    peer: {
      ...peer,
      ...(peer.mac === undefined && peerMac !== undefined ? { mac: peerMac } : {}),
    },
  };
}

const drawn = (network: Network, namespace: string, device: string): Mac | undefined =>
  network
    .namespace(namespace)
    .devices()
    .find(({ name }) => name === device)?.mac;
