/** An object of every kind that says what may pass, each with all that it can have: for tests. */

const selector = {
  matchLabels: { app: 'web' },
  matchExpressions: [{ key: 'tier', operator: 'In', values: ['a', 'b'] }],
};

export const CLUSTER_NETWORK_POLICY = {
  apiVersion: 'policy.networking.k8s.io/v1alpha2',
  kind: 'ClusterNetworkPolicy',
  metadata: { name: 'guard' },
  spec: {
    tier: 'Admin',
    priority: 10,
    subject: { pods: { namespaceSelector: selector, podSelector: {} } },
    ingress: [
      {
        name: 'in',
        action: 'Pass',
        from: [{ namespaces: {} }, { pods: { namespaceSelector: {}, podSelector: selector } }],
        protocols: [
          { tcp: { destinationPort: { number: 80 } } },
          { udp: { destinationPort: { range: { start: 1, end: 9 } } } },
          { destinationNamedPort: 'web' },
        ],
      },
    ],
    egress: [
      {
        action: 'Accept',
        to: [
          { nodes: selector },
          { networks: ['10.0.0.0/8', 'fd00::/8'] },
          { domainNames: ['*.example.com', 'example.org.'] },
        ],
        protocols: [{ sctp: { destinationPort: { number: 9 } } }],
      },
    ],
  },
};

export const ADMIN_NETWORK_POLICY = {
  apiVersion: 'policy.networking.k8s.io/v1alpha1',
  kind: 'AdminNetworkPolicy',
  metadata: { name: 'admin' },
  spec: {
    priority: 1000,
    subject: { namespaces: {} },
    egress: [
      {
        action: 'Allow',
        to: [{ pods: { namespaceSelector: {}, podSelector: selector } }],
        ports: [
          { portNumber: { port: 80 } },
          { portRange: { protocol: 'UDP', start: 1, end: 2 } },
          { namedPort: 'web' },
        ],
      },
    ],
  },
};

export const BASELINE_ADMIN_NETWORK_POLICY = {
  apiVersion: 'policy.networking.k8s.io/v1alpha1',
  kind: 'BaselineAdminNetworkPolicy',
  metadata: { name: 'default' },
  spec: {
    subject: { namespaces: selector },
    ingress: [{ action: 'Deny', from: [{ namespaces: {} }] }],
  },
};

const rules = {
  ingress: [
    {
      action: 'Allow',
      protocol: 'TCP',
      source: {
        nets: ['10.0.0.0/8'],
        notNets: ['10.1.0.0/16'],
        selector: "app == 'web' && !has(tier)",
        notSelector: "env in {'test'}",
        namespaceSelector: 'all()',
        serviceAccounts: { names: ['web'], selector: 'has(team)' },
        ports: ['1024:65535'],
      },
      destination: { ports: [80, '8000:8999', 'web'], notPorts: [8080] },
      http: { methods: ['GET'], paths: [{ prefix: '/api' }] },
      metadata: { annotations: { why: 'because' } },
    },
    { action: 'Log', protocol: 'ICMP', icmp: { type: 8, code: 0 }, ipVersion: 4 },
    { action: 'Pass', source: { services: { name: 'web', namespace: 'shop' } } },
  ],
  egress: [
    { action: 'Deny', notProtocol: 6, destination: { notNets: ['fd00::/8'] }, ipVersion: 6 },
    { action: 'Pass', destination: { services: { name: 'web', namespace: 'shop' } } },
  ],
};

const CALICO = 'projectcalico.org/v3';

export const CALICO_NETWORK_POLICY = {
  apiVersion: CALICO,
  kind: 'NetworkPolicy',
  metadata: { name: 'default.web', namespace: 'shop' },
  spec: {
    tier: 'default',
    order: 12.5,
    selector: "app contains 'w'",
    serviceAccountSelector: 'has(team)',
    types: ['Ingress', 'Egress'],
    ...rules,
  },
};

export const GLOBAL_NETWORK_POLICY = {
  apiVersion: CALICO,
  kind: 'GlobalNetworkPolicy',
  metadata: { name: 'all' },
  spec: {
    tier: 'security',
    selector: 'all()',
    namespaceSelector: "team == 'a'",
    applyOnForward: true,
    ...rules,
  },
};

export const TIER = {
  apiVersion: CALICO,
  kind: 'Tier',
  metadata: { name: 'security' },
  spec: { order: 100, defaultAction: 'Pass' },
};

export const OTHER_CALICO_OBJECTS: readonly object[] = [
  {
    apiVersion: CALICO,
    kind: 'GlobalNetworkSet',
    metadata: { name: 'bad', labels: { role: 'bad' } },
    spec: { nets: ['198.51.100.0/24', '203.0.113.7', '2001:db8::1/64'] },
  },
  {
    apiVersion: CALICO,
    kind: 'NetworkSet',
    metadata: { name: 'good', namespace: 'shop' },
    spec: { nets: ['192.0.2.0/24'] },
  },
  {
    apiVersion: CALICO,
    kind: 'HostEndpoint',
    metadata: { name: 'n1-eth0', labels: { role: 'host' } },
    spec: {
      node: 'n1',
      interfaceName: 'eth0',
      expectedIPs: ['192.168.0.1'],
      profiles: ['open'],
      ports: [{ name: 'ssh', port: 22, protocol: 'TCP' }],
    },
  },
  {
    apiVersion: CALICO,
    kind: 'Profile',
    metadata: { name: 'open' },
    spec: {
      ingress: [{ action: 'Allow' }],
      egress: [{ action: 'Allow' }],
      labelsToApply: { p: 'x' },
    },
  },
  {
    apiVersion: CALICO,
    kind: 'StagedNetworkPolicy',
    metadata: { name: 'web', namespace: 'shop' },
    spec: { stagedAction: 'Set', selector: 'all()', ingress: [{ action: 'Deny' }] },
  },
  {
    apiVersion: CALICO,
    kind: 'StagedGlobalNetworkPolicy',
    metadata: { name: 'all' },
    spec: { stagedAction: 'Delete' },
  },
  {
    apiVersion: CALICO,
    kind: 'StagedKubernetesNetworkPolicy',
    metadata: { name: 'web', namespace: 'shop' },
    spec: { podSelector: {}, policyTypes: ['Ingress'], ingress: [{}] },
  },
  {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'web', namespace: 'shop', labels: { team: 'a' } },
  },
];
