import { formatIp } from '@podpath/net';
import type { NeighbourChange } from '../commands.ts';
import { type JsonEntry, readJsonEntries } from './json-entry.ts';

type ProxyAdd = Extract<
  NeighbourChange,
  { readonly kind: 'neighbour-proxy-add' | 'neighbour-proxy-delete' }
>;
type NeighbourReplace = Extract<NeighbourChange, { readonly kind: 'neighbour-replace' }>;

export interface NeighbourDump {
  readonly commands: readonly NeighbourReplace[];
  /** Entries that answer questions about addresses elsewhere. */
  readonly proxies: readonly ProxyAdd[];
  /** Such entries that are of no device, in words. They are not emulated. */
  readonly everywhere: readonly string[];
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
  const proxies: ProxyAdd[] = [];
  const everywhere: string[] = [];
  for (const entry of readJsonEntries(text, file)) {
    const address = entry.ip('dst');
    if (entry.has('proxy') && !entry.has('dev')) {
      everywhere.push(formatIp(address));
      continue;
    }
    const dev = entry.text('dev');
    if (entry.has('proxy')) {
      proxies.push({ kind: 'neighbour-proxy-add', dev, address });
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
  return { commands, proxies, everywhere };
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
