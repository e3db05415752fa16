export const BRIDGE_HOOKS = ['prerouting', 'input', 'forward', 'output', 'postrouting'] as const;
export type BridgeHook = (typeof BRIDGE_HOOKS)[number];
export type DeviceHook = 'ingress' | 'egress';
/** Where a host takes in and sends ARP. */
export type ArpHook = 'input' | 'output';

/**
 * Which of the chains at a hook of the bridge family: those that come before frames show themselves to the hooks of IP,
 * or after that, or all of them, for frames that do not.
 */
export type BridgePart = 'before-ip' | 'after-ip' | 'all';
