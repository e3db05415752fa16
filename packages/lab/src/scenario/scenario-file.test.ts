import { describe, expect, it } from 'vitest';
import { generate } from '../fuzz/generate.ts';
import { recordResult, resultOf } from './recorded-result.ts';
import { runEmulated } from './run-emulated.ts';
import { formatScenarioFile, readScenarioFile } from './scenario-file.ts';
import { ScenarioFileError } from './scenario-file-error.ts';

const FILE = {
  about: 'A cable.',
  namespaces: ['a', 'b'],
  listeners: ['b udp 53'],
  program: [
    '# a: ip -batch -',
    'link add e1 type veth peer name e2 netns b',
    'link set dev e1 up',
    'address add 10.0.0.1/24 dev e1',
    '# b: ip -batch -',
    'link set dev e2 up',
    'address add 10.0.0.2/24 dev e2',
  ],
  sends: [{ from: 'a', protocol: 'udp', to: '10.0.0.2', port: 53, sourcePort: 4000 }],
};

const read = (change: object) => readScenarioFile(JSON.stringify({ ...FILE, ...change }), 'x.json');

describe("a scenario's file", () => {
  it('is read', () => {
    const { about, scenario, kernel } = read({});
    expect(about).toBe('A cable.');
    expect(scenario.listeners).toEqual([{ namespace: 'b', protocol: 'udp', port: 53 }]);
    expect(scenario.steps).toHaveLength(6);
    expect(scenario.steps.at(-1)).toMatchObject({ do: 'send', probe: { to: 0x0a00_0002 } });
    expect(kernel).toBeUndefined();
  });

  it('is written as it is read again', () => {
    for (let seed = 1; seed <= 40; seed++) {
      const { scenario } = generate(seed, 5);
      const once = formatScenarioFile({ about: 'drawn', scenario });
      const again = formatScenarioFile(readScenarioFile(once, `seed ${seed}`));
      expect(again).toBe(once);
    }
  });

  it('keeps what a kernel made of it', () => {
    const { scenario } = read({});
    const kernel = recordResult(runEmulated(scenario));
    const text = formatScenarioFile({ about: 'A cable.', scenario, kernel });
    const kept = readScenarioFile(text, 'x.json').kernel;
    expect(kept).toEqual(kernel);
    if (kept === undefined) return;
    const { flows, states } = resultOf(kept);
    expect(flows[0]?.observed.events).toEqual([{ kind: 'answer', bytes: 0 }]);
    expect(states.get('a')?.addresses).toContain('e1 10.0.0.1/24');
  });

  it.each([
    ['about', { about: 1 }, 'about: 1; expected a text'],
    ['namespaces', { namespaces: undefined }, 'namespaces: missing; expected a list'],
    [
      'a listener',
      { listeners: ['b 53'] },
      'listeners[0]: "b 53"; expected NAMESPACE tcp|udp PORT',
    ],
    ["a listener's place", { listeners: ['c tcp 1'] }, 'no namespace c; expected one of a, b'],
    ["a listener's port", { listeners: ['b tcp 70000'] }, 'a whole number from 1 to 65535'],
    ['a program', { program: ['# a: ip -batch -', 'link ad'] }, 'program: '],
    ['a tool', { program: ['link set dev e1 up'] }, 'is in no section'],
    ['a protocol', { sends: [{ ...FILE.sends[0], protocol: 'x' }] }, 'one of tcp, udp, icmp'],
    [
      'an address',
      { sends: [{ ...FILE.sends[0], to: 'b' }] },
      'sends[0].to: "b"; expected an IP address',
    ],
    ['a port', { sends: [{ ...FILE.sends[0], port: -1 }] }, 'a whole number from 0 to 65535'],
    ['a sender', { sends: [{ ...FILE.sends[0], from: 'z' }] }, 'sends[0].from: no namespace z'],
    ['a flag', { sends: [{ ...FILE.sends[0], dontFragment: 1 }] }, 'true or false'],
    [
      'a record',
      { kernel: { refusals: [], flows: [], states: { a: {} } } },
      'kernel.states.a.links',
    ],
    [
      'an event',
      {
        kernel: {
          refusals: [],
          states: {},
          flows: [{ step: 1, startedMs: 0, events: [{ kind: 'x' }], frames: [] }],
        },
      },
      'one of answer, reset, icmp, error',
    ],
  ])('says what is wrong with %s', (_what, change, said) => {
    expect(() => read(change)).toThrow(ScenarioFileError);
    expect(() => read(change)).toThrow(said);
  });

  it('has to be JSON', () => {
    expect(() => readScenarioFile('{', 'x.json')).toThrow(ScenarioFileError);
    expect(() => readScenarioFile('[]', 'x.json')).toThrow('x.json: []; expected an object');
  });
});
