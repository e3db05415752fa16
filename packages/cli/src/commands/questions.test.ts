import { describe, expect, it } from 'vitest';
import { runCli } from '../cli.ts';
import { SAMPLE_DIRECTORY } from '../sample.ts';
import { podsOfSchema } from '../schemas/pods-of.ts';
import { policiesOfSchema } from '../schemas/policies-of.ts';
import { whoCanReachSchema } from '../schemas/who-can-reach.ts';
import { testIo } from '../test-io.ts';

const run = async (...args: readonly string[]) => {
  const io = testIo(SAMPLE_DIRECTORY);
  const code = await runCli(args, io);
  return { code, ...io.written };
};

describe('podpath who-can-reach', () => {
  it('tells sources, ports, rules and where these are written', async () => {
    const { code, out } = await run('who-can-reach', '.', '--to', 'data/cart-cache');
    expect(code).toBe(0);
    expect(out).toContain(
      'data/cart-cache (StatefulSet) can be reached by\n  shop/cart (Deployment)\n    TCP 6379\n',
    );
    expect(out).toMatch(
      /ingress: by NetworkPolicy data\/\S+ ingress\[0\] \(policies-data\.yaml:\d+\)/,
    );
    expect(out).toContain('\nand not by\n');
  });

  it('gives JSON that fits its schema', async () => {
    const { out } = await run(
      'who-can-reach',
      '.',
      '--to',
      'data/cart-cache',
      '--port',
      '6379',
      '--json',
    );
    const { ends, answers } = whoCanReachSchema.parse(JSON.parse(out));
    const allowed = answers.filter(({ verdict }) => verdict.allowed);
    expect(allowed.map(({ from }) => from.map((index) => ends[index]?.name))).toEqual([
      ['shop/cart (Deployment)'],
    ]);
  });
});

describe('podpath policies-of', () => {
  it('lists them by direction', async () => {
    const { code, out } = await run('policies-of', '.', 'data/cart-cache-0');
    expect(code).toBe(0);
    expect(out).toMatch(/^data\/cart-cache-0\n {2}ingress\n {4}tier NetworkPolicy\n/);
  });

  it('gives JSON that fits its schema', async () => {
    const { out } = await run('policies-of', '.', 'shop/cart', '--json');
    const { answers } = policiesOfSchema.parse(JSON.parse(out));
    expect(answers.length).toBe(1);
  });
});

describe('podpath pods-of', () => {
  it('lists them by workload, and gives JSON that fits its schema', async () => {
    const { answers } = policiesOfSchema.parse(
      JSON.parse((await run('policies-of', '.', 'data/cart-cache', '--json')).out),
    );
    const policy = answers[0]?.ingress[0]?.policies[0]?.policy;
    const name = `${policy?.namespace}/${policy?.name}`;
    const { code, out } = await run('pods-of', '.', name);
    expect(code).toBe(0);
    expect(out).toContain('data/cart-cache (StatefulSet): cart-cache-0');
    const json = podsOfSchema.parse(JSON.parse((await run('pods-of', '.', name, '--json')).out));
    expect(json.policy).toEqual(policy);
  });
});

describe('a mistake in a question', () => {
  it.each([
    [
      ['who-can-reach', '.', '--to', 'data/cart-cash'],
      /there is no such pod or workload; did you mean data\/cart-cache/,
    ],
    [['who-can-reach', '.'], /required option '--to <end>' not specified/],
    [
      ['who-can-reach', '.', '--to', 'svc:shop/cart'],
      /policies are about pods, not about Services; name the pods that serve it: shop\/cart-/,
    ],
    [
      ['matrix', '.', '--json', '--format', 'mermaid'],
      /--json and --format mermaid are two formats/,
    ],
    [['policies-of', '.', 'shop/cart', '--format', 'sarif'], /Allowed choices are text, json/],
    [['policies-of', '.', 'node:nowhere'], /there is no such node/],
    [['pods-of', '.', 'data/nothing'], /'data\/nothing': there is no such policy/],
    [['pods-of', '.'], /missing required argument 'policy'/],
  ])('%j: says what is wrong and returns 2', async (args, message) => {
    const { code, out, err } = await run(...args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(message);
  });
});

describe('a rule that names a Service', () => {
  const YAML = `
apiVersion: v1
kind: Pod
metadata: { name: a, namespace: shop, labels: { app: a } }
spec: { containers: [{ name: main }] }
---
apiVersion: v1
kind: Pod
metadata: { name: b, namespace: shop, labels: { app: b } }
spec: { containers: [{ name: main, ports: [{ containerPort: 8080 }] }] }
---
apiVersion: v1
kind: Service
metadata: { name: b, namespace: shop }
spec: { selector: { app: b }, ports: [{ port: 80, targetPort: 8080 }] }
---
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: { name: a, namespace: shop }
spec:
  selector: app == 'a'
  types: [Egress]
  egress: [{ action: Allow, destination: { services: { name: b, namespace: shop } } }]
`;
  const ask = async (...args: readonly string[]) => {
    const io = testIo('/', YAML);
    await runCli(args, io);
    return io.written.out;
  };

  it('leads to the pods that serve it, though no input says who these are', async () => {
    expect(await ask('who-can-reach', '-', '--to', 'shop/b')).toContain(
      '  shop/a\n    TCP 8080\n    egress: by Calico NetworkPolicy shop/a egress[0]',
    );
    expect(await ask('matrix', '-', '--from', 'shop/a', '--to', 'shop/b')).toContain('a TCP 8080');
  });
});
