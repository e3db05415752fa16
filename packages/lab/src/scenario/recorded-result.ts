import type { SeenFrame, SocketEvent } from '../observation.ts';
import type { NamespaceState, StatePart } from '../state/namespace-state.ts';
import { asArray, asInteger, asOneOf, asRecord, asText } from './json-fields.ts';
import type { ScenarioResult } from './scenario.ts';

/** A kernel's result as JSON: frames as `in|out NAMESPACE DEVICE HEX`, with `?` behind it where no checksum was computed. */
export interface RecordedResult {
  readonly refusals: ScenarioResult['refusals'];
  readonly flows: readonly {
    readonly step: number;
    readonly startedMs: number;
    readonly events: readonly SocketEvent[];
    readonly frames: readonly string[];
  }[];
  readonly states: Readonly<Record<string, NamespaceState>>;
}

export const recordResult = ({ refusals, flows, states }: ScenarioResult): RecordedResult => ({
  refusals,
  flows: flows.map(({ step, observed: { events, frames, startedMs = 0 } }) => ({
    step,
    startedMs: Math.round(startedMs - (flows[0]?.observed.startedMs ?? 0)),
    events,
    frames: frames.map(frameText),
  })),
  states: Object.fromEntries(states),
});

export const resultOf = ({ refusals, flows, states }: RecordedResult): ScenarioResult => ({
  refusals,
  flows: flows.map(({ step, startedMs, events, frames }) => ({
    step,
    observed: { events, startedMs, frames: frames.map(frameFrom) },
  })),
  states: new Map(Object.entries(states)),
});

const frameText = ({ namespace, device, direction, bytes, checksumPending }: SeenFrame): string =>
  `${direction} ${namespace} ${device} ${Buffer.from(bytes).toString('hex')}${checksumPending === true ? ' ?' : ''}`;

function frameFrom(text: string): SeenFrame {
  const [direction, namespace = '', device = '', hex = '', pending] = text.split(' ');
  return {
    namespace,
    device,
    direction: direction === 'out' ? 'out' : 'in',
    bytes: Buffer.from(hex, 'hex'),
    ...(pending === undefined ? {} : { checksumPending: true }),
  };
}

/** Reads the recorded result in a scenario's file. Throws ScenarioFileError. */
export function readRecordedResult(value: unknown, file: string): RecordedResult {
  const root = asRecord(value, file, 'kernel');
  const states = asRecord(root.states, file, 'kernel.states');
  return {
    refusals: asArray(root.refusals, file, 'kernel.refusals').map((refusal, at) => {
      const field = `kernel.refusals[${at}]`;
      const { step, errno, said } = asRecord(refusal, file, field);
      return {
        step: asInteger(step, file, `${field}.step`, 0, Number.MAX_SAFE_INTEGER),
        said: asText(said, file, `${field}.said`),
        ...(errno === undefined ? {} : { errno: asText(errno, file, `${field}.errno`) }),
      };
    }),
    flows: asArray(root.flows, file, 'kernel.flows').map((flow, at) => {
      const field = `kernel.flows[${at}]`;
      const { step, startedMs, events, frames } = asRecord(flow, file, field);
      return {
        step: asInteger(step, file, `${field}.step`, 0, Number.MAX_SAFE_INTEGER),
        startedMs: asInteger(startedMs, file, `${field}.startedMs`, 0, Number.MAX_SAFE_INTEGER),
        events: asArray(events, file, `${field}.events`).map((event, index) =>
          readEvent(event, file, `${field}.events[${index}]`),
        ),
        frames: texts(frames, file, `${field}.frames`),
      };
    }),
    states: Object.fromEntries(
      Object.entries(states).map(([name, state]) => [
        name,
        readState(state, file, `kernel.states.${name}`),
      ]),
    ),
  };
}

const texts = (value: unknown, file: string, field: string): readonly string[] =>
  asArray(value, file, field).map((line, at) => asText(line, file, `${field}[${at}]`));

function readState(value: unknown, file: string, field: string): NamespaceState {
  const fields = asRecord(value, file, field);
  const part = (name: StatePart): readonly string[] =>
    texts(fields[name], file, `${field}.${name}`);
  return {
    links: part('links'),
    addresses: part('addresses'),
    routes: part('routes'),
    neighbours: part('neighbours'),
    fdb: part('fdb'),
    iptables: part('iptables'),
    ip6tables: part('ip6tables'),
    ipsets: part('ipsets'),
    nft: part('nft'),
    conntrack: part('conntrack'),
  };
}

const EVENTS = ['answer', 'reset', 'icmp', 'error'] as const;

function readEvent(value: unknown, file: string, field: string): SocketEvent {
  const fields = asRecord(value, file, field);
  const number = (name: string): number =>
    asInteger(fields[name], file, `${field}.${name}`, 0, 0xffff);
  const kind = asOneOf(fields.kind, file, `${field}.kind`, EVENTS);
  switch (kind) {
    case 'answer':
      return { kind, bytes: number('bytes') };
    case 'reset':
      return { kind };
    case 'icmp':
      return {
        ...{ kind, type: number('type'), code: number('code') },
        from: asText(fields.from, file, `${field}.from`),
      };
    case 'error':
      return { kind, errno: asText(fields.errno, file, `${field}.errno`) };
  }
}
