import type { Labels, Pod } from '@podpath/cluster';
import type { LabelExpression } from '../label-expression.ts';
import type { EndMatch, Policy, TrafficMatch } from '../model.ts';
import { SERVICE_ACCOUNT } from '../scoped-labels.ts';
import { labelsRead, ownLabel } from './labelled.ts';

/** What of a cluster the rules of a model read: what nobody reads tells nothing apart. */
export class Reads {
  /** Own labels of pods. */
  readonly labels = new Set<string>();
  readonly nodeLabels = new Set<string>();
  readonly portNames = new Set<string>();
  /** Whether some rule names a Service. */
  services = false;
  #accounts = false;

  /** Adds what a policy reads; returns what nobody read before. */
  add({ subject, ingress = [], egress = [] }: Policy): NewReads {
    const { labels, portNames, nodeLabels } = this;
    const before = [labels.size, portNames.size, nodeLabels.size] as const;
    const accounts = this.#accounts;
    this.#addExpression(subject);
    for (const { from, to, traffic } of [...ingress, ...egress]) {
      for (const ends of [from, to]) {
        for (const end of ends === 'anyone' ? [] : ends) this.#addEnd(end);
      }
      for (const match of traffic === 'any' ? [] : traffic) this.#addTraffic(match);
    }
    return {
      labels: [...labels].slice(before[0]),
      portNames: [...portNames].slice(before[1]),
      nodes: nodeLabels.size > before[2],
      accounts: this.#accounts && !accounts,
    };
  }

  /** The labels of a pod that are read. */
  labelsOf(labels: Labels): Labels {
    const read: Record<string, string> = {};
    for (const label of this.labels) {
      const value = ownLabel(labels, label);
      if (value !== undefined) read[label] = value;
    }
    return read;
  }

  /** Equal for pods that the model cannot tell apart but by their addresses. */
  podKey({ namespace, labels, serviceAccount = 'default', ports }: Pod): string {
    let key = this.#accounts ? `${namespace}\0${serviceAccount}\0` : `${namespace}\0`;
    for (const label of this.labels) {
      const value = labels[label];
      // A label that is absent leaves no trace, so that keys stay as they are when more labels are read.
      if (value !== undefined && Object.hasOwn(labels, label)) key += `${label}=${value}\0`;
    }
    if (this.portNames.size === 0) return key;
    for (const { name, protocol, port } of ports) {
      if (name !== undefined && this.portNames.has(name)) key += `;${name}/${protocol}/${port}`;
    }
    return key;
  }

  nodeKey(labels: Labels): string {
    let key = '';
    for (const label of this.nodeLabels) {
      const value = ownLabel(labels, label);
      if (value !== undefined) key += `${label}=${value}\0`;
    }
    return key;
  }

  #addExpression(expression: LabelExpression): void {
    for (const label of labelsRead(expression)) {
      if (label === SERVICE_ACCOUNT || label.startsWith('serviceaccount:')) this.#accounts = true;
      else if (!label.includes(':')) this.labels.add(label);
    }
  }

  #addEnd({ labels, notLabels, nodes, service }: EndMatch): void {
    if (service !== undefined) this.services = true;
    if (labels !== undefined) this.#addExpression(labels);
    if (notLabels !== undefined) this.#addExpression(notLabels);
    if (nodes !== undefined) for (const label of labelsRead(nodes)) this.nodeLabels.add(label);
  }

  #addTraffic({ ports = [], notPorts = [], sourcePorts = [], notSourcePorts = [] }: TrafficMatch) {
    for (const list of [ports, notPorts, sourcePorts, notSourcePorts]) {
      for (const port of list) if ('name' in port) this.portNames.add(port.name);
    }
  }
}

/** What nobody read before. */
interface NewReads {
  readonly labels: readonly string[];
  readonly portNames: readonly string[];
  /** Some label of nodes. */
  readonly nodes: boolean;
  /** The service accounts of pods. */
  readonly accounts: boolean;
}
