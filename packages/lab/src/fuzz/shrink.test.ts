import { parseNft } from '@podpath/linux';
import { parseIp } from '@podpath/net';
import { describe, expect, it } from 'vitest';
import type { Scenario, ScenarioStep } from '../scenario/scenario.ts';
import { kindOf } from './kind-of-difference.ts';
import { shrink } from './shrink.ts';

const up = (namespace: string, dev: string): ScenarioStep => ({
  do: 'apply',
  namespace,
  command: { kind: 'link-set', dev, up: true },
});
const send: ScenarioStep = {
  do: 'send',
  probe: { namespace: 'a', protocol: 'udp', to: parseIp('10.0.0.1'), port: 53, sourcePort: 4000 },
};
const devicesOf = ({ steps }: Scenario): readonly string[] =>
  steps.flatMap((step) =>
    step.do === 'apply' && step.command.kind === 'link-set' ? [step.command.dev] : [],
  );

describe('making a scenario small', () => {
  const scenario: Scenario = {
    namespaces: ['a', 'b', 'c'],
    listeners: [
      { namespace: 'a', protocol: 'udp', port: 53 },
      { namespace: 'b', protocol: 'udp', port: 53 },
      { namespace: 'c', protocol: 'udp', port: 53 },
    ],
    steps: [...Array.from({ length: 20 }, (_, at) => up(at % 2 === 0 ? 'a' : 'b', `e${at}`)), send],
  };

  it('leaves what it is about, and nothing else', async () => {
    const small = await shrink(scenario, async (each) => {
      const devices = devicesOf(each);
      return devices.includes('e4') && devices.includes('e12');
    });
    expect(devicesOf(small)).toEqual(['e4', 'e12']);
    expect(small.steps).toHaveLength(2);
    expect(small.namespaces).toEqual(['a']);
  });

  it('keeps all where all is needed', async () => {
    const small = await shrink(
      scenario,
      async ({ steps }) => steps.length === scenario.steps.length,
    );
    expect(small.steps).toEqual(scenario.steps);
    expect(small.namespaces).toEqual(['a', 'b']);
  });

  it('takes transactions of nft apart, and their rules', async () => {
    const command = parseNft(
      'add table ip t\nadd chain ip t c\nadd rule ip t c ip saddr 10.0.0.1 counter drop\nadd rule ip t c accept\n',
      'test',
    );
    const whole: Scenario = {
      ...scenario,
      steps: [{ do: 'apply', namespace: 'a', command }],
    };
    const small = await shrink(whole, async ({ steps }) =>
      JSON.stringify(steps).includes('"drop"'),
    );
    const [step] = small.steps;
    if (step?.do !== 'apply' || step.command.kind !== 'nft') throw new Error('no transaction left');
    expect(step.command.operations).toHaveLength(1);
    expect(step.command.operations[0]).toMatchObject({ rule: { statements: [{ kind: 'drop' }] } });
  });
});

describe('the kind of a difference', () => {
  it('does not tell one frame, step or namespace from another', () => {
    const frame = (what: string) => kindOf({ what, kernel: 'absent', emulated: 'arp.operation=x' });
    expect(frame('step 3: frame 1 in a e1')).toBe(frame('step 9: frame 4 out b e2'));
    const routes = (what: string) => kindOf({ what, kernel: 'x', emulated: 'y' });
    expect(routes('routes of a')).toBe(routes('routes of b'));
  });

  it('tells what was heard, but not from whom', () => {
    const heard = (kernel: string) =>
      kindOf({ what: 'step 1: the socket heard', kernel, emulated: 'nothing' });
    expect(heard('ICMP 3/1 from 10.0.0.1')).toBe(heard('ICMP 3/1 from 10.0.0.2'));
    expect(heard('ICMP 3/1 from 10.0.0.1')).not.toBe(heard('reset'));
  });
});
