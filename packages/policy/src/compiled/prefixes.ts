import type { Prefix } from '@podpath/net';
import type { EndMatch, Policy, PolicyModel, Rule } from '../model.ts';
import { nameFits, prefixOfOne, type World } from './world.ts';

/** Where answers of a rule change from address to address. */
export function* prefixesOf({ from, to }: Rule, world: World): Generator<Prefix> {
  for (const ends of [from, to]) {
    for (const end of ends === 'anyone' ? [] : ends) yield* prefixesOfEnd(end, world);
  }
}

function* prefixesOfEnd(
  { nets = [], notNets = [], service, domains }: EndMatch,
  world: World,
): Generator<Prefix> {
  yield* nets;
  yield* notNets;
  if (service !== undefined) {
    const name = `${service.namespace}/${service.name}`;
    for (const [address, served] of world.served) {
      if (served.some((each) => each.service === name)) yield prefixOfOne(address);
    }
  }
  if (domains !== undefined) {
    for (const [address, names] of world.names) {
      const fits = names.some((name) => domains.some((domain) => nameFits(domain, name)));
      if (fits) yield prefixOfOne(address);
    }
  }
}

export function* rulesOf({
  ingress = [],
  egress = [],
}: Pick<Policy, 'ingress' | 'egress'>): Generator<Rule> {
  yield* ingress;
  yield* egress;
}

/** Of profiles too: the tables leave what they say to the reference evaluator, and have to name it the right address. */
export function* rulesIn({ tiers, profiles }: PolicyModel): Generator<Rule> {
  for (const { policies } of tiers) for (const policy of policies) yield* rulesOf(policy);
  for (const profile of profiles.values()) yield* rulesOf(profile);
}
