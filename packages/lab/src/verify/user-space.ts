import type { DataPath } from '@podpath/cni';
import type { FrameProgram, Network } from '@podpath/linux';
import type { PlacedProgram } from '../kernel/frame-programs.ts';

/** The programs that a plugin runs on its nodes, each time anew: they remember what they have seen. */
export function userSpaceOf(path: DataPath): readonly PlacedProgram[] {
  const programs: PlacedProgram[] = [];
  const network: Pick<Network, 'attachProgram'> = {
    attachProgram: (namespace: string, program: FrameProgram) => {
      programs.push({ namespace, program });
    },
  };
  // Every node is there already: nobody has to be brought to life.
  const wake = (): void => undefined;
  for (const node of path.cluster.nodes.keys()) path.attach(node, network, wake);
  return programs;
}
