import { cpus, release, totalmem } from 'node:os';
import type { BenchmarkResults } from '@podpath/report';
import manifest from '../../package.json' with { type: 'json' };

const MEASURED_WITH = ['tinybench', 'netmask'] as const;

/** The machine, Node and package versions that the figures belong to. */
export function describeEnvironment(): Pick<BenchmarkResults, 'machine' | 'node' | 'packages'> {
  const processors = cpus();
  return {
    machine: {
      cpu: processors[0]?.model.trim() || 'unknown',
      cores: Math.max(1, processors.length),
      memoryBytes: totalmem(),
      platform: `${process.platform} ${process.arch}`,
      kernel: release(),
    },
    node: process.version,
    packages: Object.fromEntries(MEASURED_WITH.map((name) => [name, versionOf(name)])),
  };
}

const versionOf = (name: (typeof MEASURED_WITH)[number]): string => manifest.dependencies[name];
