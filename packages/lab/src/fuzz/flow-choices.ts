import type { Probe } from '@podpath/linux';
import { addToIp, type Ip, parseIp } from '@podpath/net';
import type { Listener } from '../kernel/kernel-network.ts';
import type { ScenarioStep } from '../scenario/scenario.ts';
import { forgedFrames } from './forged-frames.ts';
import { type Plan, serviceAddress } from './plan.ts';
import { PORTS } from './ports.ts';

const LISTENING: readonly (readonly ['tcp' | 'udp', number])[] = [
  ['udp', 53],
  ['tcp', 80],
  ['udp', 8080],
  ['tcp', 8080],
];

/** Every namespace answers on the same ports; what is not among them is refused. */
export const listenersOf = (namespaces: readonly string[]): readonly Listener[] =>
  namespaces.flatMap((namespace) =>
    LISTENING.map(([protocol, port]) => ({ namespace, protocol, port })),
  );

const SIZES = [0, 1, 5, 32, 100, 1000, 1372, 1373, 1472, 1473, 2000, 3000] as const;

/** So many flows from and to anywhere, and at times frames made by hand; some a further packet of one before. */
export function flowsOf(plan: Plan, count: number): readonly ScenarioStep[] {
  const { random } = plan;
  const forges = plan.wild && plan.wires.length > 0 && random.chance(0.2);
  const flows: ScenarioStep[] = [];
  let sourcePort = 40_000;
  while (flows.length < count) {
    const again = flows.at(-1);
    if (again !== undefined && !opensConnection(again) && random.chance(0.25)) {
      flows.push(again);
      plan.use('follow-up packet');
      continue;
    }
    if (forges && random.chance(0.4)) flows.push(...forgedFrames(plan));
    else flows.push({ do: 'send', probe: newFlow(plan, ++sourcePort) });
  }
  return flows.slice(0, count);
}

const opensConnection = (step: ScenarioStep): boolean =>
  step.do === 'send' && step.probe.protocol === 'tcp';

function newFlow(plan: Plan, sourcePort: number): Probe {
  const { random } = plan;
  const namespace = random.pick(plan.namespaces);
  const to = destination(plan);
  const protocol = random.weighted([
    [5, 'udp'],
    [3, 'tcp'],
    [3, 'icmp'],
  ] as const);
  const own = plan.addressesOf(typeof to === 'number' ? 4 : 6, namespace);
  plan.use(protocol);
  plan.use(typeof to === 'number' ? 'IPv4' : 'IPv6');
  return {
    namespace,
    protocol,
    to,
    port: protocol === 'icmp' ? 0 : random.pick([...PORTS, 9999]),
    sourcePort,
    ...(random.chance(0.1) && own.length > 0 ? { source: random.pick(own).address } : {}),
    ...(random.chance(0.12) ? { ttl: random.between(1, 4) } : {}),
    ...(protocol === 'tcp'
      ? {}
      : { payloadBytes: random.chance(0.7) ? random.between(0, 64) : random.pick(SIZES) }),
    ...(random.chance(0.08) ? { dontFragment: random.chance(0.5) } : {}),
  };
}

function destination(plan: Plan): Ip {
  const { random } = plan;
  const family = random.pick(plan.families);
  const known = plan.addressesOf(family);
  return random.weighted<() => Ip>([
    [known.length === 0 ? 0 : 12, () => random.pick(known).address],
    [3, () => serviceAddress(family, random.between(1, 3))],
    // Nobody is there.
    [known.length === 0 ? 0 : 1, () => addToIp(random.pick(known).address, 77)],
    [1, () => parseIp(family === 4 ? '203.0.113.7' : '2001:db8::7')],
    [family === 4 ? 0.3 : 0, () => parseIp('127.0.0.1')],
  ])();
}
