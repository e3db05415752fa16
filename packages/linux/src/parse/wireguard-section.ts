import { END_OF_CONFIGURATION } from '../text/wireguard-text.ts';
import type {
  WireguardCommand,
  WireguardConfiguration,
  WireguardKey,
  WireguardPeerSpec,
} from '../wireguard-commands.ts';
import { LineCursor } from './line-cursor.ts';
import type { Located } from './located.ts';
import { ParseError, type Place, shown } from './parse-error.ts';
import {
  readEnd,
  readKeepalive,
  readKey,
  readMark,
  readPort,
  readPrefixes,
} from './wireguard-fields.ts';

type Draft<T> = { -readonly [key in keyof T]: T[key] };
type DraftPeer = Draft<Omit<WireguardPeerSpec, 'publicKey' | 'allowedIps'>> & {
  publicKey?: WireguardKey;
  readonly allowedIps: WireguardPeerSpec['allowedIps'][number][];
  readonly place: Place;
};

/**
 * Reads what is for `wg` in a program: its commands, configurations as here-documents after them. Throws ParseError.
 */
export function parseWireguardSection(
  text: string,
  file: string,
): readonly Located<WireguardCommand>[] {
  const found: Located<WireguardCommand>[] = [];
  const lines = text.split('\n');
  for (let at = 0; at < lines.length; at++) {
    const cursor = new LineCursor(file, at + 1, lines[at] ?? '');
    if (cursor.atEnd || cursor.peek()?.startsWith('#') === true) continue;
    const line = at + 1;
    cursor.choice('program', ['wg']);
    const verb = cursor.choice('command', ['set', 'setconf', 'addconf']);
    const dev = cursor.take('a device');
    if (verb === 'set') {
      cursor.choice('setting', ['peer']);
      const peer = readKey(cursor.take('a public key'), { file, line });
      cursor.choice('change', ['remove']);
      cursor.expectEnd();
      found.push({ line, value: { kind: 'wireguard', op: 'remove-peer', dev, peer } });
      continue;
    }
    cursor.choice('file', ['/dev/stdin']);
    cursor.choice('redirection', [`<<${END_OF_CONFIGURATION}`]);
    cursor.expectEnd();
    const end = lines.indexOf(END_OF_CONFIGURATION, at);
    if (end < 0) {
      throw new ParseError({ file, line }, 'the configuration does not end', END_OF_CONFIGURATION);
    }
    const configuration = new Configuration(verb);
    for (let inside = at + 1; inside < end; inside++) {
      configuration.take(lines[inside] ?? '', { file, line: inside + 1 });
    }
    found.push({ line, value: { kind: 'wireguard', dev, ...configuration.result() } });
    at = end;
  }
  return found;
}

/** A configuration file on its way in, line by line, in the form that `wg showconf` prints. */
class Configuration {
  readonly #settings: Draft<Omit<WireguardConfiguration, 'peers'>>;
  readonly #peers: DraftPeer[] = [];
  #section: 'Interface' | 'Peer' | undefined;

  constructor(op: WireguardConfiguration['op']) {
    this.#settings = { op };
  }

  take(text: string, place: Place): void {
    const line = text.trim();
    const section = /^\[(\w+)\]$/.exec(line)?.[1];
    if (section === 'Interface') this.#section = section;
    else if (section === 'Peer') {
      this.#section = section;
      this.#peers.push({ allowedIps: [], place });
    } else if (section !== undefined) {
      throw new ParseError(place, `no section ${shown(section)}`, '[Interface] or [Peer]');
    } else this.#takeSetting(line, place);
  }

  result(): WireguardConfiguration {
    const peers = this.#peers.map(({ place, publicKey, ...rest }) => {
      if (publicKey !== undefined) return { publicKey, ...rest };
      throw new ParseError(place, 'a peer without a key', 'PublicKey = KEY');
    });
    return { ...this.#settings, peers };
  }

  #takeSetting(line: string, place: Place): void {
    const own = /^# PublicKey = (\S+)$/.exec(line)?.[1];
    if (own !== undefined && this.#section === 'Interface') {
      this.#settings.publicKey = readKey(own, place);
      return;
    }
    const [, name, value] = /^(\w+)\s*=\s*(.*?)\s*(?:#.*)?$/.exec(line) ?? [];
    if (name === undefined || value === undefined) {
      if (line === '' || line.startsWith('#')) return;
      throw new ParseError(place, `${shown(line)} is no setting`, 'NAME = VALUE');
    }
    const peer = this.#peers.at(-1);
    const known =
      this.#section === 'Peer' && peer !== undefined
        ? setPeer(peer, name, value, place)
        : this.#section === 'Interface' && setInterface(this.#settings, name, value, place);
    if (known) return;
    throw new ParseError(
      place,
      `${shown(name)} is no setting of ${this.#section ?? 'nothing'}`,
      this.#section === 'Peer' ? PEER_SETTINGS : INTERFACE_SETTINGS,
    );
  }
}

const INTERFACE_SETTINGS = 'after [Interface]: PrivateKey, ListenPort or FwMark';
const PEER_SETTINGS = 'PublicKey, PresharedKey, AllowedIPs, Endpoint or PersistentKeepalive';

/** Returns false for what is no setting of a device. */
function setInterface(
  settings: Draft<Omit<WireguardConfiguration, 'peers'>>,
  name: string,
  value: string,
  place: Place,
): boolean {
  switch (name.toLowerCase()) {
    case 'privatekey':
      settings.privateKey = readKey(value, place);
      return true;
    case 'listenport':
      settings.listenPort = readPort(value, place);
      return true;
    case 'fwmark':
      settings.fwmark = readMark(value, place);
      return true;
    default:
      return false;
  }
}

/** Returns false for what is no setting of a peer. */
function setPeer(peer: DraftPeer, name: string, value: string, place: Place): boolean {
  switch (name.toLowerCase()) {
    case 'publickey':
      peer.publicKey = readKey(value, place);
      return true;
    case 'presharedkey':
      peer.presharedKey = readKey(value, place);
      return true;
    case 'allowedips':
      peer.allowedIps.push(...readPrefixes(value, place));
      return true;
    case 'endpoint':
      peer.endpoint = readEnd(value, place);
      return true;
    case 'persistentkeepalive': {
      const seconds = readKeepalive(value, place);
      if (seconds !== undefined) peer.keepaliveSeconds = seconds;
      return true;
    }
    default:
      return false;
  }
}
