import { formatProgram, ParseError, type Probe, parseProgram } from '@podpath/linux';
import { AddressError, formatIp, parseIp } from '@podpath/net';
import type { Listener } from '../kernel/kernel-network.ts';
import { asArray, asBoolean, asInteger, asOneOf, asRecord, asText } from './json-fields.ts';
import { type RecordedResult, readRecordedResult } from './recorded-result.ts';
import type { Scenario, ScenarioStep } from './scenario.ts';
import { ScenarioFileError } from './scenario-file-error.ts';

/**
 * A scenario for people to read and keep, and what a kernel was seen to make of it. As JSON:
 *
 * - `about`: one sentence;
 * - `namespaces`: names, in the order in which they are made;
 * - `listeners`: `NAMESPACE tcp|udp PORT`;
 * - `program`: lines as `formatProgram` prints them, sections under `# NAMESPACE: COMMAND`;
 * - `sends`: probes, and frames made by hand, sent one after the other when all is built;
 * - `kernel`: the recorded result, absent until it is recorded.
 */
export interface ScenarioFile {
  readonly about: string;
  readonly scenario: Scenario;
  readonly kernel?: RecordedResult;
}

/** Reads a scenario's file. Throws ScenarioFileError with the field that is wrong. */
export function readScenarioFile(text: string, file: string): ScenarioFile {
  const root = asRecord(parseJson(text, file), file, '');
  const namespaces = asArray(root.namespaces, file, 'namespaces').map((name, at) =>
    asText(name, file, `namespaces[${at}]`),
  );
  const known = (name: string, field: string): string =>
    namespaces.includes(name)
      ? name
      : fail(file, field, `no namespace ${name}`, `one of ${namespaces.join(', ')}`);
  const listeners = asArray(root.listeners, file, 'listeners').map((listener, at) => {
    const field = `listeners[${at}]`;
    return readListener(asText(listener, file, field), file, field, known);
  });
  const applies = readSteps(root.program, file, known);
  const sends = asArray(root.sends, file, 'sends').map((send, at): ScenarioStep => {
    const field = `sends[${at}]`;
    return readSend(send, file, field, known);
  });
  return {
    about: asText(root.about, file, 'about'),
    scenario: { namespaces, listeners, steps: [...applies, ...sends] },
    ...(root.kernel === undefined ? {} : { kernel: readRecordedResult(root.kernel, file) }),
  };
}

/** Writes what `readScenarioFile` reads. */
export function formatScenarioFile({ about, scenario, kernel }: ScenarioFile): string {
  const { namespaces, listeners, steps } = scenario;
  const sections: {
    namespace: string;
    commands: Extract<ScenarioStep, { do: 'apply' }>['command'][];
  }[] = [];
  for (const step of steps) {
    if (step.do !== 'apply') continue;
    const last = sections.at(-1);
    if (last?.namespace === step.namespace) last.commands.push(step.command);
    else sections.push({ namespace: step.namespace, commands: [step.command] });
  }
  const program = sections
    .flatMap((section) => formatProgram(section).split('\n'))
    .filter((line) => line !== '');
  const sends = steps.flatMap((step): readonly Record<string, unknown>[] => {
    if (step.do === 'send') return [probeFields(step.probe)];
    if (step.do === 'apply') return [];
    return [{ from: step.namespace, device: step.device, forged: step.hex }];
  });
  return `${JSON.stringify(
    {
      about,
      namespaces,
      listeners: listeners.map(
        ({ namespace, protocol, port }) => `${namespace} ${protocol} ${port}`,
      ),
      program,
      sends,
      ...(kernel === undefined ? {} : { kernel }),
    },
    null,
    2,
  )}\n`;
}

function fail(file: string, field: string, problem: string, expected: string): never {
  throw new ScenarioFileError({ file, field }, problem, expected);
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return fail(file, '', error.message, 'a JSON object');
  }
}

function readListener(
  text: string,
  file: string,
  field: string,
  known: (name: string, field: string) => string,
): Listener {
  const match = /^(\S+) (tcp|udp) (\d{1,5})$/.exec(text);
  if (match === null) return fail(file, field, `"${text}"`, 'NAMESPACE tcp|udp PORT');
  const [, namespace = '', protocol, port] = match;
  return {
    namespace: known(namespace, field),
    protocol: protocol === 'tcp' ? 'tcp' : 'udp',
    port: asInteger(Number(port), file, field, 1, 0xffff),
  };
}

function readSteps(
  value: unknown,
  file: string,
  known: (name: string, field: string) => string,
): readonly ScenarioStep[] {
  const lines = asArray(value, file, 'program').map((line, at) =>
    asText(line, file, `program[${at}]`),
  );
  try {
    return parseProgram(lines.join('\n'), file).flatMap(({ namespace, commands }) =>
      commands.map(
        (command): ScenarioStep => ({
          do: 'apply',
          namespace: known(namespace, 'program'),
          command,
        }),
      ),
    );
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    return fail(file, 'program', error.message, error.expected);
  }
}

/** A probe, or a frame made by hand: `from`, `device` and its bytes, `forged`. */
function readSend(
  value: unknown,
  file: string,
  field: string,
  known: (name: string, field: string) => string,
): ScenarioStep {
  const fields = asRecord(value, file, field);
  if (!('forged' in fields)) return { do: 'send', probe: readProbe(value, file, field, known) };
  const hex = asText(fields.forged, file, `${field}.forged`);
  if (!/^([0-9a-f]{2})+$/.test(hex)) fail(file, `${field}.forged`, `"${hex}"`, 'hexadecimal bytes');
  return {
    do: 'forge',
    namespace: known(asText(fields.from, file, `${field}.from`), `${field}.from`),
    device: asText(fields.device, file, `${field}.device`),
    hex,
  };
}

const PROTOCOLS = ['tcp', 'udp', 'icmp'] as const;

function readProbe(
  value: unknown,
  file: string,
  field: string,
  known: (name: string, field: string) => string,
): Probe {
  const fields = asRecord(value, file, field);
  const address = (name: string) => {
    const text = asText(fields[name], file, `${field}.${name}`);
    try {
      return parseIp(text);
    } catch (error) {
      if (!(error instanceof AddressError)) throw error;
      return fail(file, `${field}.${name}`, `"${text}"`, 'an IP address');
    }
  };
  const number = (name: string, last: number): number =>
    asInteger(fields[name], file, `${field}.${name}`, 0, last);
  return {
    namespace: known(asText(fields.from, file, `${field}.from`), `${field}.from`),
    protocol: asOneOf(fields.protocol, file, `${field}.protocol`, PROTOCOLS),
    to: address('to'),
    port: number('port', 0xffff),
    sourcePort: number('sourcePort', 0xffff),
    ...('source' in fields ? { source: address('source') } : {}),
    ...('ttl' in fields ? { ttl: number('ttl', 255) } : {}),
    ...('tos' in fields ? { tos: number('tos', 255) } : {}),
    ...('payloadBytes' in fields ? { payloadBytes: number('payloadBytes', 65_000) } : {}),
    ...('dontFragment' in fields
      ? { dontFragment: asBoolean(fields.dontFragment, file, `${field}.dontFragment`) }
      : {}),
  };
}

function probeFields({ namespace, to, source, ...rest }: Probe): Record<string, unknown> {
  const { protocol, ...others } = rest;
  return {
    from: namespace,
    protocol,
    to: formatIp(to),
    ...others,
    ...(source === undefined ? {} : { source: formatIp(source) }),
  };
}
