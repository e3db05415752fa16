import { append, Bench, contextOf, states, tcp } from '../test-support.ts';

/** One TCP flow through a namespace that looks at states. */
export class TrackedFlow {
  readonly bench = new Bench().apply(append('filter', 'FORWARD', [states('NEW')]));

  send(text: string): [state: string, entry: string] {
    const [from, flags = '', sequence, acknowledgement, bytes = '0', window = '64240'] =
      text.split(' ');
    const flow = from === 'c' ? '10.1.0.2:40000 > 10.2.0.2:80' : '10.2.0.2:80 > 10.1.0.2:40000';
    const context = contextOf(
      tcp(flow, flags, {
        sequence: Number(sequence),
        acknowledgement: Number(acknowledgement),
        data: new Uint8Array(Number(bytes)),
        window: Number(window),
      }),
    );
    for (const hook of ['PREROUTING', 'FORWARD', 'POSTROUTING'] as const) {
      this.bench.run(hook, context);
    }
    return [context.conntrack?.state ?? '', this.entry()];
  }

  entry(): string {
    const listed = this.bench.netfilter.conntrackList();
    const [, seconds, state] = /^tcp +6 (\d+) (\S+)/.exec(listed) ?? [];
    if (state === undefined) return '';
    return `${state} ${seconds}${listed.includes('ASSURED') ? ' ASSURED' : ''}`;
  }
}
