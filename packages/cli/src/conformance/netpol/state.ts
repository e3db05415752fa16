import type {
  Action,
  ConnectivityCase,
  ConnectivityVectors,
  NamespaceVector,
  NodeVector,
  PodVector,
  PolicyVector,
} from './vectors.ts';

/** The cluster of a case at one moment. */
export interface State {
  readonly namespaces: readonly NamespaceVector[];
  readonly nodes: readonly NodeVector[];
  readonly pods: readonly PodVector[];
  readonly policies: readonly PolicyVector[];
}

/** The case's own parts, and its world's where it has none. */
export const initialState = (
  worlds: ConnectivityVectors['worlds'],
  { world, namespaces, nodes, pods, policies }: ConnectivityCase,
): State => {
  const shared = world === undefined ? undefined : worlds[world];
  return {
    namespaces: namespaces ?? shared?.namespaces ?? [],
    nodes: nodes ?? shared?.nodes ?? [],
    pods: pods ?? shared?.pods ?? [],
    policies,
  };
};

/** The cluster after somebody did something to it. */
export const applyAction = (state: State, action: Action): State => {
  switch (action.op) {
    case 'createPolicy':
    case 'updatePolicy': {
      const { kind, metadata } = action.policy;
      const others = state.policies.filter(not(kind, metadata.namespace, metadata.name));
      return { ...state, policies: [...others, action.policy] };
    }
    case 'deletePolicy': {
      const { kind, namespace, name } = action;
      return { ...state, policies: state.policies.filter(not(kind, namespace, name)) };
    }
    case 'createNamespace':
      return { ...state, namespaces: [...state.namespaces, action] };
    case 'setNamespaceLabels':
      return {
        ...state,
        namespaces: state.namespaces.map((each) =>
          each.name === action.namespace ? { ...each, labels: action.labels } : each,
        ),
      };
    case 'deleteNamespace':
      return {
        ...state,
        namespaces: state.namespaces.filter(({ name }) => name !== action.name),
        pods: state.pods.filter(({ ns }) => ns !== action.name),
        policies: state.policies.filter(({ metadata }) => metadata.namespace !== action.name),
      };
    case 'createPod':
      return { ...state, pods: [...state.pods, action.pod] };
    case 'setPodLabels':
      return {
        ...state,
        pods: state.pods.map((pod) =>
          pod.ns === action.ns && pod.name === action.name
            ? { ...pod, labels: action.labels }
            : pod,
        ),
      };
    case 'deletePod':
      return {
        ...state,
        pods: state.pods.filter(({ ns, name }) => ns !== action.ns || name !== action.name),
      };
  }
};

const not =
  (kind: string, namespace: string | undefined, name: string) =>
  (policy: PolicyVector): boolean =>
    policy.kind !== kind ||
    policy.metadata.namespace !== namespace ||
    policy.metadata.name !== name;
