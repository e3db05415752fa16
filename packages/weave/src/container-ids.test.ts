import { expect, it } from 'vitest';
import { hostDevices } from './container-ids.ts';
import { clusterOf, node, pod } from './test-cluster.ts';

const pods = (count: number) => [
  ...clusterOf(
    node('n1'),
    ...Array.from({ length: count }, (_, index) => pod(`a/p${index}`, 'n1')),
  ).pods.values(),
];

it('gives every pod of a node a device of its own, the same each time', () => {
  const devices = [...hostDevices(pods(300)).values()];
  expect(new Set(devices).size).toBe(300);
  for (const device of devices) expect(device).toMatch(/^vethwepl[0-9a-f]{7}$/);
  expect([...hostDevices(pods(300)).values()]).toEqual(devices);
});

it('draws again when two container IDs begin alike', () => {
  const [one] = pods(1);
  if (one === undefined) throw new Error('there is one pod');
  const twins = [one, { ...one }];
  expect(new Set(hostDevices(twins).values()).size).toBe(2);
});
