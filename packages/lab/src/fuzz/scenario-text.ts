import { formatProgram, type Probe } from '@podpath/linux';
import { formatIp } from '@podpath/net';
import type { Scenario } from '../scenario/scenario.ts';

/** A scenario for people: each step with its number, commands as one would type them. */
export function scenarioText(scenario: Scenario): string {
  return scenario.steps
    .map((step, index) => {
      if (step.do === 'send') return `${index} ${probeText(step.probe)}`;
      const text = formatProgram({ namespace: step.namespace, commands: [step.command] })
        .split('\n')
        .filter((line) => line !== '' && !line.startsWith('#') && line !== 'COMMIT')
        .join(' ');
      return `${index} ${step.namespace}: ${text}`;
    })
    .join('\n');
}

function probeText(probe: Probe): string {
  const { namespace, protocol, to, port, sourcePort, source, ttl, payloadBytes, dontFragment } =
    probe;
  const words = [
    `${namespace} sends ${protocol} to ${formatIp(to)} port ${port} from port ${sourcePort}`,
  ];
  if (source !== undefined) words.push(`source ${formatIp(source)}`);
  if (ttl !== undefined) words.push(`ttl ${ttl}`);
  if (payloadBytes !== undefined) words.push(`${payloadBytes} bytes`);
  if (dontFragment !== undefined) words.push(dontFragment ? 'DF' : 'no DF');
  return words.join(', ');
}
