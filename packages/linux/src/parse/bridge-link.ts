import { type PortRecord, portOf } from './ip-link.ts';
import { readJsonEntries } from './json-entry.ts';

/** Bridge ports by device, as `bridge -json -details link` tells of them. Throws ParseError. */
export function parseBridgeLinks(text: string, file: string): ReadonlyMap<string, PortRecord> {
  const ports = new Map<string, PortRecord>();
  for (const entry of readJsonEntries(text, file)) {
    if (entry.optionalText('master') === undefined) continue;
    ports.set(entry.text('ifname'), portOf(entry));
  }
  return ports;
}
