export { CommandError } from './command-error.ts';
export type {
  AddressAdd,
  AddressDelete,
  Command,
  FdbChange,
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
export { ParseError, type Place } from './parse/parse-error.ts';
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
