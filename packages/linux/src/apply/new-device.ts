import type { Mac } from '@podpath/net';
import type { Device, DeviceIdentity } from '../core.ts';
import type { Namespace } from '../namespace.ts';
import { receiveFrame } from '../walk/receive.ts';
import { watchEgress } from '../walk/watch-egress.ts';

export const DEFAULT_MTU_BYTES = 1500;

/** What a device is born with: settings are those of `default`, a MAC that nobody gave is drawn. */
export function identityOf(
  namespace: Namespace,
  name: string,
  mac: Mac | undefined,
  mtuBytes: number | undefined,
): DeviceIdentity {
  const { sysctls, kernel } = namespace;
  return {
    namespace: namespace.name,
    name,
    index: namespace.nextIndex(),
    mac: mac ?? kernel.random.mac(),
    mtuBytes: mtuBytes ?? DEFAULT_MTU_BYTES,
    ipv4: { ...sysctls.ipv4Default },
    ipv6: { ...sysctls.ipv6Default },
  };
}

/** Makes it one of the namespace's devices. */
export function attach(namespace: Namespace, device: Device): void {
  device.receive = (packet) => receiveFrame(namespace, device, packet);
  watchEgress(namespace, device);
  namespace.devices.set(device.name, device);
}
