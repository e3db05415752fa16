import { compareFrames } from '../compare/compare-frames.ts';
import type { Difference } from '../compare/difference.ts';
import { heardText } from '../observation.ts';
import { compareStates } from '../state/compare-states.ts';
import type { Scenario, ScenarioResult } from './scenario.ts';

/** Everything that the two results of a scenario do not agree on: refusals, then flows, then states. */
export function compareResults(
  scenario: Scenario,
  kernel: ScenarioResult,
  emulated: ScenarioResult,
  /** Whether ports, and what follows from them, may differ: they are drawn. */
  anySourcePort = drawsPorts(scenario),
): readonly Difference[] {
  const refusals = compareRefusals(kernel, emulated);
  // Where one side has built something else, nothing further can be expected to agree.
  if (refusals.length > 0) return refusals;
  const flows = kernel.flows.flatMap(({ step, observed }): readonly Difference[] => {
    const ours = emulated.flows.find((flow) => flow.step === step)?.observed;
    if (ours === undefined) return [];
    const [theirs, mine] = [heardText(observed.events), heardText(ours.events)];
    const events =
      theirs === mine
        ? []
        : [{ what: `step ${step}: the socket heard`, kernel: theirs, emulated: mine }];
    const frames = compareFrames(observed.frames, ours.frames, { anySourcePort });
    return [...events, ...frames.map((each) => ({ ...each, what: `step ${step}: ${each.what}` }))];
  });
  const states = scenario.namespaces.flatMap((namespace): readonly Difference[] => {
    const [theirs, ours] = [kernel.states.get(namespace), emulated.states.get(namespace)];
    return theirs === undefined || ours === undefined
      ? []
      : compareStates(namespace, theirs, ours, anySourcePort);
  });
  return [...flows, ...states];
}

/** Whether a rule of NAT has ports drawn at random. */
const drawsPorts = ({ steps }: Scenario): boolean =>
  steps.some((step) => {
    if (step.do !== 'apply') return false;
    const { command } = step;
    if (command.kind === 'iptables') {
      return 'rule' in command && isRandom(command.rule.target ?? {});
    }
    return (
      command.kind === 'nft' &&
      command.operations.some(
        (operation) => 'rule' in operation && operation.rule.statements.some(isRandom),
      )
    );
  });

const isRandom = (translation: object): boolean =>
  ['random', 'randomFully', 'fullyRandom'].some(
    (flag) =>
      flag in translation && Object.getOwnPropertyDescriptor(translation, flag)?.value === true,
  );

function compareRefusals(kernel: ScenarioResult, emulated: ScenarioResult): readonly Difference[] {
  const theirs = new Map(kernel.refusals.map((refusal) => [refusal.step, refusal]));
  const ours = new Map(emulated.refusals.map((refusal) => [refusal.step, refusal]));
  const differences: Difference[] = [];
  for (const step of new Set([...theirs.keys(), ...ours.keys()])) {
    const [expected, actual] = [theirs.get(step), ours.get(step)];
    const sameErrno = expected?.errno === undefined || expected.errno === actual?.errno;
    if (expected !== undefined && actual !== undefined && sameErrno) continue;
    differences.push({
      what: `step ${step}: the command is`,
      kernel:
        expected === undefined ? 'taken' : `refused: ${expected.errno ?? ''} ${expected.said}`,
      emulated: actual === undefined ? 'taken' : `refused: ${actual.errno} ${actual.said}`,
    });
  }
  return differences;
}
