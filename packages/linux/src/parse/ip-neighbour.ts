import { formatIp } from '@podpath/net';
import type { NeighbourChange } from '../commands.ts';
import { type JsonEntry, readJsonEntries } from './json-entry.ts';

type NeighbourReplace = Extract<NeighbourChange, { readonly kind: 'neighbour-replace' }>;

export interface NeighbourDump {
  readonly commands: readonly NeighbourReplace[];
  /** Entries that answer questions about addresses elsewhere, in words. */
  readonly proxied: readonly string[];
}

/**
 * What the kernel uses an entry in each state for. While it confirms an old entry it goes on using it; one that failed,
 * or is being asked for, is as good as none.
 */
const STATES: Readonly<Record<string, NeighbourReplace['state'] | 'none'>> = {
  PERMANENT: 'permanent',
  NOARP: 'noarp',
  REACHABLE: 'reachable',
  STALE: 'reachable',
  DELAY: 'reachable',
  PROBE: 'reachable',
  INCOMPLETE: 'none',
  FAILED: 'none',
  NONE: 'none',
};

/** Reads `ip -json neigh`. Throws ParseError. */
export function parseNeighbours(text: string, file: string): NeighbourDump {
  const commands: NeighbourReplace[] = [];
  const proxied: string[] = [];
  for (const entry of readJsonEntries(text, file)) {
    const dev = entry.text('dev');
    const address = entry.ip('dst');
    if (entry.has('proxy')) {
      proxied.push(`${formatIp(address)} on ${dev}`);
      continue;
    }
    const state = stateOf(entry);
    const mac = /^[0-9a-f:]{17}$/i.test(entry.optionalText('lladdr') ?? '')
      ? entry.optionalMac('lladdr')
      : undefined;
    // Tunnels have addresses of other forms, or none, to which no frame is sent.
    if (state === 'none' || mac === undefined) continue;
    commands.push({ kind: 'neighbour-replace', dev, address, mac, state });
  }
  return { commands, proxied };
}

function stateOf(entry: JsonEntry): NeighbourReplace['state'] | 'none' {
  let usable: NeighbourReplace['state'] | 'none' = 'none';
  for (const name of entry.texts('state')) {
    const state = STATES[name];
    if (state === undefined) {
      entry.fail(
        'state',
        `the state ${JSON.stringify(name)} is not supported`,
        Object.keys(STATES).join(', '),
      );
    } else if (state !== 'none') usable = state;
  }
  return usable;
}
