import type { SeenFrame } from '../observation.ts';
import type { Difference } from './difference.ts';
import { type AddressNames, type FrameFields, frameFields, PLAIN_NAMES } from './frame-fields.ts';

/**
 * Fields that a kernel draws at random, or that a socket chooses and no router looks at. A name stands for the field of
 * every packet, outer, inner and quoted.
 */
const MASKED: ReadonlySet<string> = new Set([
  'ip.id',
  'ip.flow-label',
  'tcp.sequence',
  'tcp.acknowledgement',
  'tcp.window',
  // Their length must agree.
  'tcp.options',
]);
/** A quoted header's checksum covers the identification, and a quoted transport checksum what is masked of it. */
const MASKED_IN_QUOTES = /quoted .*(ip|udp|icmp)\.checksum$/;
/**
 * Of fragments, which a kernel that has put them together once passes on in the very bytes that captures of earlier
 * devices share: those show them as they are at the next hop.
 */
const MASKED_IN_FRAGMENTS: ReadonlySet<string> = new Set([
  'ethernet.source',
  'ethernet.destination',
  'ip.ttl',
  'ip.hop-limit',
]);
/** Of the outer header of a tunnel: drawn from a hash with a key of each kernel's own. */
const SOURCE_PORT = 'udp.source-port';
/** Where a port or identifier stands that NAT draws at random, and what is computed over it. */
const DRAWN_WITH_PORTS =
  /-port$|quoted (udp|tcp)\.(ports|sequence)|quoted data|icmp\.rest|(udp|tcp|icmp)\.checksum|ip\.data/;

/** A device's frames in one direction, in order. */
type Streams = ReadonlyMap<string, readonly SeenFrame[]>;

export interface FrameComparison {
  readonly emulated?: AddressNames;
  readonly kernel?: AddressNames;
  /** Source ports and what follows from them may differ: a NAT rule draws them at random. */
  readonly anySourcePort?: boolean;
}

/** Frame by frame, device by device, field by field: what the kernel showed against what the emulator did. */
export function compareFrames(
  kernel: readonly SeenFrame[],
  emulated: readonly SeenFrame[],
  names: FrameComparison = {},
): readonly Difference[] {
  const ofKernel = streamsOf(kernel);
  const ofEmulated = streamsOf(emulated);
  const differences: Difference[] = [];
  for (const stream of new Set([...ofKernel.keys(), ...ofEmulated.keys()])) {
    const theirs = withRepeatsSorted(ofKernel.get(stream) ?? []);
    const ours = withRepeatsSorted(ofEmulated.get(stream) ?? []);
    for (let at = 0; at < Math.max(theirs.length, ours.length); at++) {
      const where = `frame ${at + 1} ${stream}`;
      const [kernelFrame, emulatedFrame] = [theirs[at], ours[at]];
      if (kernelFrame === undefined || emulatedFrame === undefined) {
        differences.push({
          what: where,
          kernel: summary(kernelFrame, names.kernel),
          emulated: summary(emulatedFrame, names.emulated),
        });
        continue;
      }
      const expected = frameFields(kernelFrame, names.kernel);
      const actual = frameFields(emulatedFrame, names.emulated);
      differences.push(...compareFields(where, expected, actual, names.anySourcePort === true));
    }
  }
  return differences;
}

function streamsOf(frames: readonly SeenFrame[]): Streams {
  const streams = new Map<string, SeenFrame[]>();
  for (const frame of frames) {
    if (isChatter(frame)) continue;
    const key = `${frame.direction} ${frame.namespace} ${frame.device}`;
    const stream = streams.get(key);
    if (stream === undefined) streams.set(key, [frame]);
    else stream.push(frame);
  }
  return streams;
}

/**
 * Several neighbours are asked for again when their timers run out: those that do within one tick of the kernel's clock
 * do so in no order. Frames of neighbour discovery that have been there before are sorted among each other.
 */
function withRepeatsSorted(stream: readonly SeenFrame[]): readonly SeenFrame[] {
  const seen = new Set<string>();
  const sorted: SeenFrame[] = [];
  let repeats: SeenFrame[] = [];
  const flush = (): void => {
    sorted.push(...repeats.sort((one, other) => Buffer.compare(one.bytes, other.bytes)));
    repeats = [];
  };
  for (const frame of stream) {
    const bytes = Buffer.from(frame.bytes).toString('hex');
    if (seen.has(bytes) && isNeighbourDiscovery(frame)) {
      repeats.push(frame);
      continue;
    }
    flush();
    seen.add(bytes);
    sorted.push(frame);
  }
  flush();
  return sorted;
}

function isNeighbourDiscovery(frame: SeenFrame): boolean {
  const fields = frameFields(frame);
  return (
    fields.has('arp.operation') ||
    (fields.has('ip.hop-limit') && ['135', '136'].includes(fields.get('icmp.type') ?? ''))
  );
}

function compareFields(
  where: string,
  kernel: FrameFields,
  emulated: FrameFields,
  anySourcePort: boolean,
): readonly Difference[] {
  const differences: Difference[] = [];
  const fragments = FRAME_LEVELS.filter((level) => isFragment(kernel, level));
  const rewritten = fragments.some((level) =>
    ['ip.source', 'ip.destination'].some(
      (name) => kernel.get(level + name) !== emulated.get(level + name),
    ),
  );
  for (const name of new Set([...kernel.keys(), ...emulated.keys()])) {
    const [expected, actual] = [kernel.get(name), emulated.get(name)];
    if (expected === actual) continue;
    if (MASKED_IN_QUOTES.test(name) || MASKED.has(name.replace(/^.* /, ''))) continue;
    if (rewritten || isMaskedInFragment(name, fragments)) continue;
    if (name.endsWith(SOURCE_PORT) && kernel.has(name.replace(SOURCE_PORT, 'vxlan.vni'))) continue;
    if (anySourcePort && DRAWN_WITH_PORTS.test(name)) continue;
    differences.push({
      what: `${where}: ${name}`,
      kernel: expected ?? 'absent',
      emulated: actual ?? 'absent',
    });
  }
  return differences;
}

/** A frame, and those that it carries through tunnels. */
const FRAME_LEVELS = [0, 1, 2, 3, 4, 5].map((depth) => 'inner '.repeat(depth));

const isFragment = (fields: FrameFields, level: string): boolean =>
  fields.has(`${level}ip.extension-44`) ||
  fields.get(`${level}ip.more-fragments`) === 'true' ||
  (fields.get(`${level}ip.fragment-offset`) ?? '0') !== '0';

/** The checksum of what carries a fragment covers what is masked of it. */
const isMaskedInFragment = (name: string, fragments: readonly string[]): boolean =>
  fragments.some(
    (level) =>
      (name.startsWith(level) && MASKED_IN_FRAGMENTS.has(name.slice(level.length))) ||
      (level !== '' && name.endsWith('udp.checksum')) ||
      // The header of the next hop is written over the end of the tunnel's.
      name === level.replace(/inner $/, 'vxlan.vni'),
  );

/** What an IPv6 or multicasting host says of its own accord, at times of its own. */
function isChatter(frame: SeenFrame): boolean {
  const fields = frameFields(frame);
  const type = fields.get('icmp.type');
  const v6 = fields.has('ip.hop-limit');
  if (!v6) return fields.get('ip.protocol') === '2';
  // Multicast listener reports and queries behind a hop-by-hop option, router solicitations, duplicate detection.
  if (
    fields.has('ip.extension-0') ||
    ['130', '131', '132', '133', '134', '143'].includes(type ?? '')
  )
    return true;
  return type === '135' && fields.get('ip.source') === '::';
}

function summary(frame: SeenFrame | undefined, names: AddressNames = PLAIN_NAMES): string {
  if (frame === undefined) return 'absent';
  return [...frameFields(frame, names)]
    .filter(([name, value]) => !MASKED.has(name) && value.length <= 40)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
}
