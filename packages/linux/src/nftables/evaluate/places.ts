import type { NftOperand } from '../model/operand.ts';
import {
  NFT_CHAIN_TYPES,
  NFT_HOOKS,
  type NftBaseChain,
  type NftChainType,
  type NftFamily,
  type NftHook,
} from '../model/ruleset.ts';
import type { NftStatement } from '../model/statement.ts';

/** A kind of base chain as one bit: its type and its hook. */
export const placeBit = ({ type, hook }: Pick<NftBaseChain, 'type' | 'hook'>): number =>
  1 << (NFT_CHAIN_TYPES.indexOf(type) * NFT_HOOKS.length + NFT_HOOKS.indexOf(hook));

export const ANYWHERE = 2 ** (NFT_CHAIN_TYPES.length * NFT_HOOKS.length) - 1;

const places = (types: readonly NftChainType[], hooks: readonly NftHook[]): number =>
  types.reduce(
    (sum, type) => hooks.reduce((bits, hook) => bits | placeBit({ type, hook }), sum),
    0,
  );

const SOURCE_NAT = places(['nat'], ['postrouting', 'input']);
const DESTINATION_NAT = places(['nat'], ['prerouting', 'output']);
const MASQUERADE = places(['nat'], ['postrouting']);
const REJECT = places(NFT_CHAIN_TYPES, ['prerouting', 'input', 'forward', 'output', 'ingress']);
const REJECT_OF_BRIDGE = places(['filter'], ['prerouting', 'input']);
const IN_DEVICE = places(NFT_CHAIN_TYPES, ['prerouting', 'input', 'forward']);
const OUT_DEVICE = places(NFT_CHAIN_TYPES, ['output', 'postrouting', 'forward']);
const IN_BY_DEVICE = places(['filter'], ['ingress']);
const OUT_BY_DEVICE = places(['filter'], ['egress']);

/** The kinds of base chains from which a statement may be reached (the `validate` of its expression). */
export const placesOfStatement = (statement: NftStatement, family: NftFamily): number => {
  switch (statement.kind) {
    case 'snat':
      return SOURCE_NAT;
    case 'dnat':
    case 'redirect':
      return DESTINATION_NAT;
    case 'masquerade':
      return MASQUERADE;
    case 'reject':
      return family === 'bridge' ? REJECT_OF_BRIDGE : REJECT;
    default:
      return ANYWHERE;
  }
};

export const placesOfOperand = (operand: NftOperand, family: NftFamily): number => {
  if (typeof operand === 'string' || operand.kind !== 'fib') return ANYWHERE;
  const { result, device } = operand;
  const [coming, going] =
    family === 'netdev' ? [IN_BY_DEVICE, OUT_BY_DEVICE] : [IN_DEVICE, OUT_DEVICE];
  if (result !== 'type' || device === 'iif') return coming;
  return device === 'oif' ? going : coming | going;
};
