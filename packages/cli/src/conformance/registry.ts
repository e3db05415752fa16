import { calico } from '@podpath/calico';
import { weave } from '@podpath/weave';
import type { Runner } from './runner.ts';
import { calicoConversionRunner } from './runners/calico-conversion.ts';
import { calicoNamesRunner } from './runners/calico-names.ts';
import { calicoRulesRunner } from './runners/calico-rules.ts';
import { calicoSelectorsRunner } from './runners/calico-selectors.ts';
import { flannelRulesRunner } from './runners/flannel-rules.ts';
import { netpolRunner, netpolWalkRunner } from './runners/netpol.ts';
import { netpolValidationRunner } from './runners/netpol-validation.ts';
import { npGuardRunner } from './runners/np-guard.ts';
import { realRunner, realWalkRunner } from './runners/real.ts';
import { servicesRunner } from './runners/services.ts';
import { weaveNamesRunner } from './runners/weave-names.ts';
import { weaveNpcRunner } from './runners/weave-npc.ts';
import { weaveRingRunner } from './runners/weave-ring.ts';
import { weaveSpaceRunner } from './runners/weave-space.ts';
import { weaveTunnelRunner } from './runners/weave-tunnel.ts';

/**
 * Every runner there is. A new subject is a file in `runners/` and a line here; where several take a file, the
 * first is the one that the file is about.
 */
export const RUNNERS: readonly Runner[] = [
  netpolRunner,
  netpolWalkRunner(calico),
  netpolWalkRunner(weave),
  netpolValidationRunner,
  npGuardRunner,
  realRunner,
  realWalkRunner(calico),
  realWalkRunner(weave),
  calicoNamesRunner,
  calicoSelectorsRunner,
  calicoConversionRunner,
  calicoRulesRunner,
  flannelRulesRunner,
  servicesRunner,
  weaveNamesRunner,
  weaveRingRunner,
  weaveSpaceRunner,
  weaveNpcRunner,
  weaveTunnelRunner,
];
