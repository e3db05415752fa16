import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { clusterFromObjects } from './cluster-from-objects.ts';
import { loadCluster } from './load-cluster.ts';
import { Field } from './read/field.ts';
import { validateNetworkPolicy } from './validate-network-policy.ts';

const folder = process.env.PODPATH_VECTORS;
if (folder === undefined) {
  console.info('Skipped: vectors of other projects. PODPATH_VECTORS does not name their folder.');
}

const json = (path: string): Field =>
  Field.root(JSON.parse(readFileSync(join(folder ?? '', path), 'utf8')), []);

const directories = (path: string): string[] =>
  readdirSync(join(folder ?? '', path))
    .filter((name) => statSync(join(folder ?? '', path, name)).isDirectory())
    .map((name) => join(folder ?? '', path, name));

/** Writes `containerport`, which an API server refuses as well. */
const MISSPELT_PORT_SET = 'netpol_named_port_test_2';

/** The manifests of a set: its folders, or the YAML files beside the expected results. */
const manifestsIn = (set: string): string[] => {
  const folders = ['manifests', 'policies'].filter((name) => existsSync(join(set, name)));
  if (folders.length > 0) return folders.map((name) => join(set, name));
  return readdirSync(set)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => join(set, name));
};

describe.skipIf(folder === undefined)('vectors of other projects', () => {
  test('NetworkPolicy validation', () => {
    const cases = json('netpol/validation.json')
      .at('cases')
      .items()
      .filter((one) => one.at('object').at('kind').value === 'NetworkPolicy');
    expect(cases.length).toBeGreaterThan(40);
    for (const one of cases) {
      const strict = one
        .at('tags')
        .items()
        .some(({ value }) => value === 'strict-cidr');
      const object = one.at('object').value;
      const found = validateNetworkPolicy(object, one.at('oldObject').value, {
        strictCidrs: strict,
      });
      const id = one.at('id').value;
      const expected = one.at('errors').items();
      expect({ id, fields: new Set(found.map(({ field }) => field)) }).toEqual({
        id,
        fields: new Set(expected.map((error) => error.at('field').value)),
      });
      for (const error of expected) {
        const [field, type] = [error.at('field').value, error.at('type').value];
        const fragment = error.at('contains').string() ?? '';
        const texts = found
          .filter((problem) => problem.field === field && problem.type === type)
          .map(({ reason, expected: right }) => `${reason}; expected ${right}`);
        expect({
          id,
          fragment,
          texts,
          found: texts.some((text) => text.includes(fragment)),
        }).toEqual({
          id,
          fragment,
          texts,
          found: true,
        });
      }
      if (strict) expect(validateNetworkPolicy(object)).toEqual([]);
    }
  });

  test('manifests load whole', async () => {
    const sets = [
      ...directories('np-guard'),
      ...directories('real').filter((set) => !set.endsWith('recipes')),
      ...directories('real/recipes'),
    ];
    expect(sets.length).toBeGreaterThan(30);
    for (const set of sets) {
      const loading = loadCluster(manifestsIn(set));
      if (set.endsWith(MISSPELT_PORT_SET)) {
        await expect(loading).rejects.toThrow('containers[0].ports[1].containerPort: there is no');
        continue;
      }
      const cluster = await loading;
      expect(cluster.pods.size).toBeGreaterThan(0);
      for (const pod of cluster.pods.values()) expect(cluster.nodes.has(pod.node)).toBe(true);
    }
  });

  test('policies of every connectivity case are read', () => {
    for (const name of readdirSync(join(folder ?? '', 'netpol'))) {
      if (name === 'validation.json') continue;
      for (const one of json(`netpol/${name}`).at('cases').items()) {
        const policies = one
          .at('policies')
          .items()
          .map(({ value }) => value);
        expect(() => clusterFromObjects(policies)).not.toThrow();
      }
    }
  });
});
