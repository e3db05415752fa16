import { IpProtocol } from '@podpath/net';
import { EVERYTHING } from '../../label-expression.ts';
import type { Policy, PolicyModel, Rule, TrafficMatch } from '../../model.ts';
import type { Thing } from '../../things.ts';
import type { Direction } from '../../verdict.ts';
import { type Finding, finding } from './finding.ts';
import type { Population } from './population.ts';

/** Rules with a port by a name that nobody has at the end that they would go to. */
export function* unknownPorts({ tiers }: PolicyModel, population: Population): Generator<Finding> {
  for (const { policies } of tiers) {
    for (const policy of policies) {
      for (const direction of ['ingress', 'egress'] as const) {
        for (const rule of policy[direction] ?? []) {
          const destinations = destinationsOf(policy, rule, direction, population);
          // That they are nobody is another finding.
          if (destinations.length === 0) continue;
          for (const name of namesIn(rule)) {
            if (destinations.some((thing) => declares(thing, name, rule))) continue;
            const who =
              direction === 'ingress' ? 'no pod that it selects' : 'no pod that it leads to';
            const message = `names the port \`${name}\`, which ${who} has`;
            yield finding('named-port-unknown', 'warning', rule.ref, message);
          }
        }
      }
    }
  }
}

const destinationsOf = (
  { subject }: Policy,
  { to }: Rule,
  direction: Direction,
  { anything }: Population,
): readonly Thing[] => {
  if (direction === 'ingress') return anything(subject);
  if (to === 'anyone') return anything(EVERYTHING);
  return to.flatMap(({ labels = EVERYTHING }) => anything(labels));
};

const namedPorts = ({ ports = [], notPorts = [] }: TrafficMatch): readonly string[] =>
  [...ports, ...notPorts].flatMap((port) => ('name' in port ? [port.name] : []));

const namesIn = ({ traffic }: Rule): ReadonlySet<string> =>
  new Set(traffic === 'any' ? [] : traffic.flatMap(namedPorts));

/** In a protocol of the rule. */
const declares = ({ ports }: Thing, name: string, { traffic }: Rule): boolean =>
  traffic !== 'any' &&
  traffic.some(
    (match) =>
      namedPorts(match).includes(name) &&
      ports.some(
        (port) =>
          port.name === name &&
          (match.protocol === undefined || match.protocol === IpProtocol[port.protocol]),
      ),
  );
