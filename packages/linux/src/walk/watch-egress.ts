import type { Device } from '../core.ts';
import type { Namespace } from '../namespace.ts';
import { passesDevice } from './frame-hook.ts';

/** Has what leaves by a device shown to rules, if there are any that look at frames. */
export function watchEgress(namespace: Namespace, device: Device): void {
  device.egress = namespace.looksAtFrames
    ? (packet) => passesDevice(namespace, 'egress', device, packet)
    : undefined;
}
