import { buildNetwork } from './build-network.ts';
import { createNetfilter } from './netfilter/create-netfilter.ts';
import type { Network, NetworkOptions } from './network.ts';

/** An empty network: no namespaces, the clock at zero. Everything random in it follows the seed. */
export const createNetwork = (options: NetworkOptions = {}): Network =>
  buildNetwork(options, createNetfilter);
