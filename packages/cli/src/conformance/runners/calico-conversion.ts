import {
  convertNetworkPolicy,
  namespaceProfile,
  namespaceSelectorText,
  podSelectorText,
  policyPortText,
  serviceAccountProfile,
  simplifyPorts,
} from '@podpath/calico/conformance';
import { parseCalicoPort } from '@podpath/cluster';
import { z } from 'zod';
import { policyResource, profileResource } from '../calico/calico-resource.ts';
import {
  labelSelectorSchema,
  metadataSchema,
  networkPolicySchema,
} from '../calico/kubernetes-input.ts';
import { check } from '../check.ts';
import { readVectors } from '../read-vectors.ts';
import type { CaseResult, Runner } from '../runner.ts';

const schema = z.object({
  cases: z
    .array(
      z.object({
        name: z.string(),
        kind: z.string(),
        input: z.unknown(),
        expected: z.looseObject({ metadata: z.looseObject({ uid: z.unknown().optional() }) }),
        conversionErrors: z.array(z.string()).optional(),
      }),
    )
    .default([]),
  labelSelectors: z
    .array(
      z.object({
        name: z.string(),
        labelSelector: z.unknown(),
        selectorType: z.enum(['pod', 'namespace']),
        expected: z.string(),
      }),
    )
    .default([]),
  portSimplification: z.array(z.object({ in: z.string(), out: z.string() })).default([]),
});

type ConversionCase = z.output<typeof schema>['cases'][number];

/**
 * Kubernetes objects as Calico's own. Objects have no UIDs in podpath, so the UID that Calico derives
 * from theirs is not compared.
 */
export const calicoConversionRunner: Runner = {
  subject: 'calico',
  accepts: (name) => name === 'calico-conversion.json',
  *run(set) {
    const { cases, labelSelectors, portSimplification } = readVectors(set, schema);
    for (const [index, one] of cases.entries())
      yield conversion(`cases[${index}] ${one.name}`, one);
    for (const [index, one] of labelSelectors.entries()) {
      yield check(`labelSelectors[${index}] ${one.name}`, one.expected, () => {
        const selector = labelSelectorSchema.nullish().parse(one.labelSelector) ?? undefined;
        if (one.selectorType === 'pod') return podSelectorText(selector);
        return selector === undefined ? '' : namespaceSelectorText(selector);
      });
    }
    for (const [index, one] of portSimplification.entries()) {
      yield check(`portSimplification[${index}]`, one.out, () => simplified(one.in));
    }
  },
};

const conversion = (id: string, one: ConversionCase): CaseResult => {
  const { uid: _uid, ...metadata } = one.expected.metadata;
  const expected = { ...one.expected, metadata };
  switch (one.kind) {
    case 'NetworkPolicy':
      return check(id, { expected, dropped: one.conversionErrors ?? [] }, () => {
        const converted = convertNetworkPolicy(networkPolicySchema.parse(one.input));
        return {
          expected: policyResource(converted),
          dropped: converted.dropped.map(({ direction }) => direction),
        };
      });
    case 'Namespace':
    case 'ServiceAccount':
      return check(id, expected, () => profileResource(profileOf(one)));
    default:
      return { id, outcome: 'not-supported', reason: `conversion of ${one.kind} objects` };
  }
};

const profileOf = ({ kind, input }: ConversionCase) => {
  const {
    name,
    namespace = 'default',
    labels,
  } = z.object({ metadata: metadataSchema }).parse(input).metadata;
  return kind === 'Namespace'
    ? namespaceProfile(name, labels)
    : serviceAccountProfile(namespace, name, labels);
};

const simplified = (list: string): string =>
  simplifyPorts(
    list
      .split(',')
      .filter((text) => text !== '')
      .map((text) => {
        const port = parseCalicoPort(text);
        if (port === undefined) throw new Error(`not a port: ${text}`);
        return port;
      }),
  )
    .map(policyPortText)
    .join(',');
