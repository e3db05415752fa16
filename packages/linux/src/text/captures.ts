import { encodeFrame, PcapngWriter } from '@podpath/net';
import type { CapturedFrame } from '../trace.ts';

/** Captures as a pcapng file, one interface for each device, named `NAMESPACE/DEVICE`, in order of capture. */
export function capturesToPcapng(captures: readonly CapturedFrame[]): Uint8Array {
  const writer = new PcapngWriter();
  const interfaces = new Map<string, number>();
  for (const { namespace, device, direction, timeNs, frame } of captures) {
    const name = `${namespace}/${device}`;
    let interfaceId = interfaces.get(name);
    if (interfaceId === undefined) {
      interfaceId = writer.addInterface(name);
      interfaces.set(name, interfaceId);
    }
    writer.addPacket({ interfaceId, timeNs, direction, bytes: encodeFrame(frame) });
  }
  return writer.toBytes();
}
