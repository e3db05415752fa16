import { MAX_CHAIN_NAME_LENGTH, type PolicyDirection, type PolicyId } from './chain-names.ts';
import { digestBase64Url } from './digest.ts';

const GROUP = {
  ingress: { prefix: 'cali-gi-', word: 'inbound' },
  egress: { prefix: 'cali-go-', word: 'outbound' },
} as const;

/** The identity that Felix hashes: a Go struct's `%v`, whose empty fields stay visible. */
const goText = (id: PolicyId): string =>
  `{Name: ${id.name}, Namespace: ${id.namespace}, Kind: ${id.kind}}`;

/**
 * Chain of a group of adjacent policies that share a selector, and so always apply together.
 * Follows felix/rules/endpoints.go.
 */
export const policyGroupChainName = (
  direction: PolicyDirection,
  selector: string,
  policies: readonly PolicyId[],
): string => {
  const { prefix, word } = GROUP[direction];
  const lines = [selector, word, String(policies.length), ...policies.map(goText)];
  const digest = digestBase64Url('sha3-224', lines.map((line) => `${line}\n`).join(''));
  return prefix + digest.slice(0, MAX_CHAIN_NAME_LENGTH - prefix.length);
};
