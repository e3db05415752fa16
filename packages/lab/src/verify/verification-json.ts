import { formatFlowEnd } from '@podpath/cluster';
import type { PluginVerification, Verification, VerifiedFlow } from './verification.ts';

/** A verification as JSON has it: the ends of flows as the command line takes them. `docs/verify.md` describes it. */
export const verificationJson = (verification: Verification) => ({
  ...verification,
  plugins: verification.plugins.map(pluginJson),
});

export type VerificationJson = ReturnType<typeof verificationJson>;

const pluginJson = (plugin: PluginVerification) => ({
  ...plugin,
  flows: plugin.flows.map(flowJson),
});

const flowJson = ({ flow, kind, policy, ...rest }: VerifiedFlow) => ({
  kind,
  from: formatFlowEnd(flow.from),
  to: formatFlowEnd(flow.to),
  protocol: flow.protocol,
  port: flow.port,
  ...(flow.family === undefined ? {} : { family: flow.family }),
  ...(policy === undefined ? {} : { policy }),
  ...rest,
});
