import type {
  CalicoRule,
  convertNetworkPolicy,
  EntityRule,
  Profile,
} from '@podpath/calico/conformance';
import { policyPortText } from '@podpath/calico/conformance';
import { formatPrefix, type Prefix } from '@podpath/net';

type ConvertedPolicy = ReturnType<typeof convertNetworkPolicy>;
type Json = Readonly<Record<string, unknown>>;

const API_VERSION = 'projectcalico.org/v3';
const TYPES = { ingress: 'Ingress', egress: 'Egress' } as const;

/** Calico's own resources as JSON, empty fields left out, as the vectors expect them. */
export const policyResource = ({ policy }: ConvertedPolicy): Json => ({
  apiVersion: API_VERSION,
  kind: 'NetworkPolicy',
  metadata: { name: policy.id.name, namespace: policy.id.namespace },
  spec: withoutEmpty({
    order: policy.order,
    tier: policy.tier,
    selector: policy.selector,
    ingress: policy.ingress.map(rule),
    egress: policy.egress.map(rule),
    types: policy.types.map((type) => TYPES[type]),
  }),
});

export const profileResource = (profile: Profile): Json => ({
  apiVersion: API_VERSION,
  kind: 'Profile',
  metadata: { name: profile.name },
  spec: withoutEmpty({
    ingress: profile.ingress.map(rule),
    egress: profile.egress.map(rule),
    labelsToApply: profile.labelsToApply,
  }),
});

const rule = ({ action, protocol, source, destination }: CalicoRule): Json =>
  withoutEmpty({ action, protocol, source: entity(source), destination: entity(destination) });

const entity = ({ nets, notNets, selector, namespaceSelector, ports }: EntityRule): Json =>
  withoutEmpty({
    nets: nets?.map(formatPrefix),
    notNets: notNets?.map((net: Prefix) => formatPrefix(net)),
    selector,
    namespaceSelector,
    ports: ports?.map((port) =>
      typeof port !== 'string' && port.first === port.last ? port.first : policyPortText(port),
    ),
  });

const withoutEmpty = (fields: Json): Json =>
  Object.fromEntries(
    Object.entries(fields).filter(
      ([, value]) =>
        value !== undefined &&
        !(typeof value === 'object' && Object.keys(Object(value)).length === 0),
    ),
  );
