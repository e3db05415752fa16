import { formatFlowEnd } from '@podpath/cluster';
import {
  type Difference,
  differencesOf,
  type PluginVerification,
  type Verification,
  type VerifiedFlow,
} from '@podpath/lab';
import { renderTextTable, type Table } from '@podpath/report';

/** A verification for people: each plugin's flows in a table, every difference, what the kernel lacks, what was left out. */
export function verificationText(verification: Verification): string {
  const { kernel, cluster, leftOut, plugins, notVerified } = verification;
  const size =
    `${cluster.nodes} nodes, ${cluster.pods} pods, ` +
    `${cluster.services} Services, ${cluster.networkPolicies} NetworkPolicies`;
  const lacks = kernel.lacks.map(({ group, name, instead }) => `  ${group} ${name}: ${instead}`);
  const sections = [
    ...plugins.map(pluginText),
    [
      `Linux ${kernel.release}, in real namespaces: ${size}.`,
      ...leftOut.map((text) => `Left out: ${text}.`),
      ...(lacks.length === 0 ? [] : ['This kernel lacks', ...lacks]),
    ].join('\n'),
    ...notVerified.map(
      ({ title, reason }) => `${title} is not verified: this kernel has ${reason}.`,
    ),
    conclusion(plugins),
  ];
  return `${sections.join('\n\n')}\n`;
}

function pluginText(plugin: PluginVerification): string {
  const { title, built, refusals, flows, tables, rules, leftOut } = plugin;
  const differing = flows.filter(({ differences }) => differences.length > 0);
  return [
    `${title}: ${flows.length} flows, ${flows.length - differing.length} the same, ${differing.length} different; ` +
      `${rules.compared} rules' counters (${rules.hit} hit) and all tables after: ` +
      `${tables.length === 0 ? 'the same' : 'different'}`,
    `  ${built.commands} commands in ${built.namespaces} namespaces`,
    ...leftOut.map((text) => `  left out: ${text}`),
    '',
    ...(flows.length === 0 ? [] : [renderTextTable(flowTable(flows)), '']),
    ...refusals.map((each) => `Building: ${differenceText(each)}`),
    ...differing.flatMap((flow) => [
      `${flowText(flow)}:`,
      ...flow.differences.map((each) => `  ${differenceText(each)}`),
    ]),
    ...tables.map((each) => `After all flows, ${differenceText(each)}`),
  ]
    .join('\n')
    .trimEnd();
}

const flowTable = (flows: readonly VerifiedFlow[]): Table => ({
  kind: 'table',
  caption: 'Flows',
  columns: [
    { title: 'Flow' },
    { title: 'Protocol' },
    { title: 'IP' },
    { title: 'Policy' },
    { title: 'What the socket heard' },
    { title: 'Devices', numeric: true },
    { title: 'Bytes', numeric: true },
    { title: 'Kernel and emulator' },
  ],
  rows: flows.map(({ flow, policy, outcome, path, comparedBytes, differences }) => [
    `${formatFlowEnd(flow.from)} → ${formatFlowEnd(flow.to)}`,
    protocolText(flow),
    `v${flow.family ?? 4}`,
    policy ?? '',
    outcome.kernel,
    String(path.length),
    String(comparedBytes),
    differences.length === 0 ? 'the same' : `${differences.length} DIFFERENCES`,
  ]),
});

const protocolText = ({ protocol, port }: VerifiedFlow['flow']): string =>
  protocol === 'ICMP' ? protocol : `${protocol} ${port}`;

const flowText = ({ flow }: VerifiedFlow): string =>
  `${formatFlowEnd(flow.from)} → ${formatFlowEnd(flow.to)} ${protocolText(flow)}`;

const differenceText = ({ what, kernel, emulated }: Difference): string =>
  `${what}\n    kernel:   ${kernel}\n    emulated: ${emulated}`;

function conclusion(plugins: readonly PluginVerification[]): string {
  if (plugins.length === 0) return 'Nothing was verified.';
  const count = plugins.reduce((sum, plugin) => sum + differencesOf(plugin).length, 0);
  return count === 0
    ? 'The emulator does what this kernel does.'
    : `${count} DIFFERENCES between this kernel and the emulator.`;
}
