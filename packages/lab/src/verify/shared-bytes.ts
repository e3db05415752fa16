import type { Network } from '@podpath/linux';
import { formatMac } from '@podpath/net';
import type { Difference } from '../compare/difference.ts';

const SOURCE_OUT_OF = /^frame \d+ out (\S+) (\S+): ethernet\.source$/;

/**
 * Whether a difference is in the lab's eyes only. A frame whose destination a bridge has translated goes out of the bridge
 * device with that device's address, and the kernel then puts the sender's address back into the same bytes, which the
 * lab reads later than it was shown them (`br_nf_pre_routing_finish_bridge_slow`). The ports show the frame as it goes on.
 */
export function isOfSharedBytes({ what, emulated }: Difference, network: Network): boolean {
  const [, namespace = '', name] = SOURCE_OUT_OF.exec(what) ?? [];
  if (name === undefined || !network.hasNamespace(namespace)) return false;
  const devices = network.namespace(namespace).devices();
  const device = devices.find((each) => each.name === name);
  return device?.type === 'bridge' && formatMac(device.mac) === emulated;
}
