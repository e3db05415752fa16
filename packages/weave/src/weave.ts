import { createDataPath, type NetworkPlugin } from '@podpath/cni';
import { planAddresses } from './address-plan.ts';
import { meshOf } from './connections.ts';
import { features } from './features.ts';
import { notesOf } from './notes.ts';
import { planNpc } from './npc/npc-plan.ts';
import { configure, type WeaveOptions } from './options.ts';
import { Overlay } from './overlay/overlay.ts';
import { peersOf } from './overlay/peers.ts';
import { WeaveProgrammer } from './weave-programmer.ts';

/**
 * Weave Net as its manifest for Kubernetes sets it up: pods on a bridge, the fast data path between
 * nodes, weave-npc, and kube-proxy in iptables mode. `install` throws `OptionsError` when `connections`
 * names a node that there is not.
 */
export const weave: NetworkPlugin<WeaveOptions> = {
  name: 'weave',
  title: 'Weave Net',
  features,
  configure,
  install: (cluster, options) => {
    const plan = planAddresses(cluster, options.range);
    const peers = peersOf(plan.cluster, plan.peers);
    const npc = planNpc(plan.cluster);
    const { connections, port } = options;
    const overlay = new Overlay({
      cluster: plan.cluster,
      peers,
      bridges: plan.bridges,
      port,
      mesh: connections && meshOf(connections, plan.cluster, plan.peers),
    });
    const notes = notesOf(cluster, options, plan, peers, npc);
    return createDataPath('weave', new WeaveProgrammer(plan, npc, overlay, notes, options));
  },
};
