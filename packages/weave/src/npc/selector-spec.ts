import type { LabelSelector, NetworkPolicy } from '@podpath/cluster';
import type { IpsetType } from '@podpath/linux';
import type { Prefix } from '@podpath/net';
import { formatPrefix } from '@podpath/net';
import { selectorText } from './selector-text.ts';
import { setNameOf } from './set-name.ts';

export type PolicyType = NetworkPolicy['policyTypes'][number];

/** A selector that some policy uses, and the set that holds what it selects. */
export interface SelectorSpec {
  /** What is hashed to the set's name. Two selectors of one kind with one key are the same selector. */
  readonly key: string;
  readonly setName: string;
  readonly setType: IpsetType;
  readonly pods?: LabelSelector;
  readonly namespaces?: LabelSelector;
  /** Directions in which the policy isolates the pods selected; empty when they are only peers. */
  readonly isolates: readonly PolicyType[];
  /** How rules describe it. */
  readonly text: string;
}

const EVERYTHING: LabelSelector = { matchLabels: {}, matchExpressions: [] };

/** Pods of one namespace. The empty selector is the namespace's set of all pods. */
export const podsSpec = (
  namespace: string,
  pods: LabelSelector,
  isolates: readonly PolicyType[] = [],
): SelectorSpec => {
  const selector = selectorText(pods);
  return {
    ...named(`${namespace}:${selector}`),
    setType: 'hash:ip',
    pods,
    isolates,
    text: `pods: namespace: ${namespace}, selector: ${selector}`,
  };
};

export const allPodsSpec = (namespace: string): SelectorSpec => podsSpec(namespace, EVERYTHING);

/** Namespaces: a set of their sets of all pods. */
export const namespacesSpec = (namespaces: LabelSelector): SelectorSpec => {
  const selector = selectorText(namespaces);
  return {
    ...named(`:${selector}`),
    setType: 'list:set',
    namespaces,
    isolates: [],
    text: `namespaces: selector: ${selector}`,
  };
};

/** Pods of selected namespaces. Upstream puts nothing between the two selectors, so names can clash. */
export const podsInNamespacesSpec = (
  namespaces: LabelSelector,
  pods: LabelSelector,
): SelectorSpec => {
  const selectors = selectorText(namespaces) + selectorText(pods);
  return {
    ...named(`:${selectors}`),
    setType: 'hash:ip',
    namespaces,
    pods,
    isolates: [],
    text: `namespaces: selector: ${selectors}`,
  };
};

/** An address block; exceptions, if any, are in a set. */
export interface IpBlockSpec {
  readonly cidr: Prefix;
  /** Sorted by their text. */
  readonly except: readonly Prefix[];
  /** Absent when there are no exceptions. */
  readonly setName?: string;
  readonly text: string;
}

export const ipBlockSpec = (
  namespace: string,
  { cidr, except }: { readonly cidr: Prefix; readonly except: readonly Prefix[] },
): IpBlockSpec => {
  const byText = except.map((prefix) => ({ prefix, text: formatPrefix(prefix) }));
  byText.sort((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0));
  const list = byText.map(({ text }) => text).join(' ');
  const described = `cidr: ${formatPrefix(cidr)}`;
  if (list === '') return { cidr, except, text: described };
  return {
    cidr,
    except: byText.map(({ prefix }) => prefix),
    setName: setNameOf(`${namespace}:ipblock-except:${list}`),
    text: `${described} except [${list}]`,
  };
};

/** The sets of the pods that no policy isolates in a direction. */
export const defaultAllowSet = (type: PolicyType, namespace: string): string =>
  setNameOf(`${type.toLowerCase()}-default-allow:${namespace}`);

const named = (key: string) => ({ key, setName: setNameOf(key) });
