import { familyOf } from '@podpath/net';
import type { AddressAdd } from '../commands.ts';
import { type JsonEntry, readJsonEntries } from './json-entry.ts';

export interface AddressDump {
  readonly commands: readonly AddressAdd[];
  /** Addresses that the kernel does not use yet or any more, in words. */
  readonly unused: readonly string[];
}

/**
 * Reads `ip -json address`. An address with a peer of its own becomes one that stands alone: the route to the peer is
 * among the routes. Throws ParseError.
 */
export function parseAddresses(text: string, file: string): AddressDump {
  const commands: AddressAdd[] = [];
  const unused: string[] = [];
  for (const link of readJsonEntries(text, file)) {
    for (const info of link.objects('addr_info')) {
      if (info.isEmpty) continue;
      const command = addressOf(info, link.text('ifname'));
      const off = ['tentative', 'dadfailed'].find((flag) => info.flag(flag));
      if (off === undefined) commands.push(command);
      else unused.push(`${info.text('local')} on ${command.dev} is ${off}`);
    }
  }
  return { commands, unused };
}

function addressOf(info: JsonEntry, dev: string): AddressAdd {
  const address = info.ip('local');
  const bits = familyOf(address) === 4 ? 32 : 128;
  const length = info.integer('prefixlen');
  if (length > bits) info.fail('prefixlen', `${length} is too long`, `a length from 0 to ${bits}`);
  const peer = info.optionalIp('address');
  const alone = peer !== undefined && peer !== address;
  return {
    kind: 'address-add',
    dev,
    address: { address, length: alone ? bits : length },
    scope: scopeFrom(info, 'scope'),
  };
}

const SCOPES: readonly NonNullable<AddressAdd['scope']>[] = ['global', 'link', 'host'];

/** The scope of an address or of an IPv4 route; absent, it is global. */
export function scopeFrom(entry: JsonEntry, name: string): NonNullable<AddressAdd['scope']> {
  const text = entry.optionalText(name) ?? 'global';
  const scope = SCOPES.find((each) => each === text);
  return (
    scope ?? entry.fail(name, `scope ${JSON.stringify(text)} is not supported`, SCOPES.join(', '))
  );
}
