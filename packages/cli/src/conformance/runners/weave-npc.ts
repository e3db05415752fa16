import { formatRule } from '@podpath/linux';
import { type NpcCommand, NpcController, NpcError } from '@podpath/weave/conformance';
import { z } from 'zod';
import { check, checkEach } from '../check.ts';
import { readVectors } from '../read-vectors.ts';
import type { CaseResult, Runner } from '../runner.ts';
import { deliver, type NpcEvent, npcEvent } from '../weave/npc-event.ts';
import { entryText, operationText, plainOperation, ruleInPlain } from '../weave/npc-operation.ts';

const vector = z.object({
  id: z.string(),
  events: z.array(npcEvent),
  final: z.object({
    ipsets: z.record(
      z.string(),
      z.object({ type: z.string(), entries: z.record(z.string(), z.array(z.string())) }),
    ),
    chains: z.record(z.string(), z.array(z.string())),
    unorderedChains: z.array(z.string()),
  }),
});
type Vector = z.output<typeof vector>;

/** weave-npc's reaction to events: each operation on sets and chains, and what there is at the end. */
export const weaveNpcRunner: Runner = {
  subject: 'weave',
  accepts: (name) => name === 'weave-npc.json',
  *run(set) {
    const { vectors } = readVectors(set, z.object({ vectors: z.array(vector) }));
    yield* checkEach(vectors, judge);
  },
};

const judge = ({ id, events, final }: Vector): CaseResult =>
  check(
    id,
    {
      reactions: events.map(expectedReaction),
      sets: expectedSets(final),
      chains: expectedChains(final),
    },
    () => {
      const commands: NpcCommand[] = [];
      const controller = new NpcController((command) => commands.push(command));
      const reactions = events.map((event) => {
        const from = commands.length;
        const error = fails(() => deliver(controller, event));
        return reaction(event, error, commands.slice(from).map(operationText));
      });
      return {
        reactions,
        sets: setsOf(controller),
        chains: inOrder(chainsAfter(commands), final.unorderedChains),
      };
    },
  );

const expectedReaction = (event: NpcEvent) =>
  reaction(event, event.result?.error ?? false, (event.result?.ops ?? []).map(plainOperation));

/** Where upstream goes through a map the order is nobody's, but a set is made before it is filled. */
const reaction = ({ result }: NpcEvent, error: boolean, operations: readonly string[]) => ({
  error,
  operations: result?.opsOrder === 'any' ? operations.toSorted() : operations,
  filledTooEarly: operations.filter((operation, index) => {
    const set = /^ipset add (\S+)/.exec(operation)?.[1];
    return operations.indexOf(`ipset create ${set} hash:ip`) > index;
  }),
});

const fails = (run: () => void): boolean => {
  try {
    run();
    return false;
  } catch (error) {
    if (error instanceof NpcError) return true;
    throw error;
  }
};

const expectedSets = ({ ipsets }: Vector['final']) =>
  new Map(
    Object.entries(ipsets).map(([name, { type, entries }]) => [
      name,
      {
        type,
        members: new Map(Object.entries(entries).map(([e, users]) => [e, users.toSorted()])),
      },
    ]),
  );

const setsOf = ({ sets }: NpcController) =>
  new Map(
    [...sets].map(([name, { type, members }]) => [
      name,
      {
        type,
        members: new Map(
          [...members.values()].map(({ entry, users }) => [entryText(entry), [...users].sort()]),
        ),
      },
    ]),
  );

const expectedChains = ({ chains, unorderedChains }: Vector['final']) =>
  inOrder(
    new Map(
      Object.entries(chains).map(([chain, rules]) => [
        chain,
        rules.map((rule) => ruleInPlain(`-A ${chain} ${rule}`)),
      ]),
    ),
    unorderedChains,
  );

/** The rules of each chain that is not empty. */
const chainsAfter = (commands: readonly NpcCommand[]): ReadonlyMap<string, readonly string[]> => {
  const chains = new Map<string, string[]>();
  for (const command of commands) {
    if (command.kind !== 'iptables' || (command.op !== 'append' && command.op !== 'delete'))
      continue;
    const { chain } = command;
    const rules = chains.get(chain) ?? [];
    chains.set(chain, rules);
    const rule = ruleInPlain(`-A ${chain} ${formatRule(command.rule, 4)}`);
    if (command.op === 'append') rules.push(rule);
    else rules.splice(rules.indexOf(rule), 1);
    if (rules.length === 0) chains.delete(chain);
  }
  return chains;
};

const inOrder = (chains: ReadonlyMap<string, readonly string[]>, unordered: readonly string[]) =>
  new Map(
    [...chains].map(([chain, rules]) => [
      chain,
      unordered.includes(chain) ? rules.toSorted() : rules,
    ]),
  );
