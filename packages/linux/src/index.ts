export { CommandError } from './command-error.ts';
export type {
  AddressAdd,
  AddressDelete,
  Command,
  ConntrackCommand,
  FdbChange,
  FdbLife,
  IpsetCommand,
  IptablesCommand,
  LinkAdd,
  LinkDelete,
  LinkSet,
  NeighbourChange,
  NextHopSpec,
  Program,
  RouteChange,
  RouteSpec,
  RouteType,
  RuleChange,
  RulePorts,
  RuleSpec,
  SysctlSet,
} from './commands.ts';
export { createNetwork } from './create-network.ts';
export { flowSourcePort } from './devices/flow-hash.ts';
export { createNetfilter } from './netfilter/create-netfilter.ts';
export type { HookVerdict, Netfilter, NetfilterEnvironment } from './netfilter/netfilter.ts';
export type { PacketContext } from './netfilter/packet-context.ts';
export type {
  AddressType,
  BuiltinChain,
  BuiltinPolicy,
  ConntrackStateName,
  IpsetEntry,
  IpsetType,
  Match,
  RejectType,
  Rule,
  TableName,
  Target,
} from './netfilter/rule.ts';
export { formatIpsetCommands, formatIptablesCommands, formatRule } from './netfilter/text.ts';
export type {
  DeviceView,
  FdbView,
  NamespaceView,
  NeighbourView,
  Network,
  NetworkOptions,
  PacketFlow,
  Probe,
  RouteDecision,
  SendOptions,
} from './network.ts';
export type {
  NftChainOperation,
  NftCommand,
  NftElementOperation,
  NftOperation,
  NftRuleOperation,
  NftSetOperation,
  NftTableOperation,
} from './nftables/model/command.ts';
export type { NftDatatype } from './nftables/model/datatype.ts';
export type { NftField } from './nftables/model/field.ts';
export type { NftLookupKey, NftOperand } from './nftables/model/operand.ts';
export type {
  NftBaseChain,
  NftElement,
  NftFamily,
  NftSetSpec,
  NftSetTypes,
} from './nftables/model/ruleset.ts';
export type { NftMatch, NftRule, NftStatement, NftVerdict } from './nftables/model/statement.ts';
export type { NftKey, NftScalar, NftValue } from './nftables/model/value.ts';
export { parseNft } from './nftables/parse/parse-nft.ts';
export type { KnownSets } from './nftables/parse/set-types.ts';
export { formatNftCommand } from './nftables/text/command-text.ts';
export type { NftListOptions } from './nftables/text/list-options.ts';
export { formatNftRule } from './nftables/text/rule-text.ts';
export { ParseError, type Place } from './parse/parse-error.ts';
export { parseProgram } from './parse/program-text.ts';
export type {
  FrameProgram,
  ProgramDatagram,
  ProgramFrame,
  TunnelAddresses,
} from './programs/frame-program.ts';
export {
  loadSnapshot,
  type Snapshot,
  type SnapshotEnd,
  type SnapshotProbe,
} from './snapshot/load-snapshot.ts';
export { SnapshotError } from './snapshot/snapshot-error.ts';
export type { SnapshotReader } from './snapshot/snapshot-reader.ts';
export { capturesToPcapng } from './text/captures.ts';
export type { JsonObject, JsonValue } from './text/packet-json.ts';
export type { ProgramSection, ProgramTool } from './text/program.ts';
export { formatProgram, programSections } from './text/program.ts';
export { traceToJson } from './text/trace-json.ts';
export { formatTrace } from './text/trace-tree.ts';
export type { CapturedFrame, Hop, Outcome, PacketTrace, Step, StepDetail } from './trace.ts';
export type {
  WireguardCommand,
  WireguardConfiguration,
  WireguardKey,
  WireguardPeerSpec,
} from './wireguard-commands.ts';
