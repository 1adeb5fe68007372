/** The public face of framewright: everything but the command. */

export {
  formatIpv4,
  parseIpv4,
  parseIpv6,
  parseMac,
  readIpv6,
  readMac,
  writeIpv6,
  writeMac,
} from './bytes/address.js';
export { getBits8, getBits16, readBits, setBits8, setBits16 } from './bytes/bits.js';
export { finishSum, foldSum, sumBytes, updateChecksum } from './bytes/checksum.js';
export { layoutDiagram } from './bytes/diagram.js';
export { type ErrorPlace, PacketError, type PacketErrorCode } from './bytes/error.js';
export { fromHex, hexdump, toHex } from './bytes/hex.js';
export {
  type BitField,
  bitField,
  bits,
  bytes,
  fieldOf,
  type HeaderLayout,
  headerLayout,
  type LayoutField,
  type LayoutPart,
  offsetOf,
  u8,
  u16,
  u32,
} from './bytes/layout.js';
export { type Compressor, compressTo } from './capture/compress.js';
export {
  CaptureCounter,
  type CaptureLoss,
  type CaptureSurvey,
  copyCapture,
  type LossKind,
  type PcapPlan,
  pcapPlan,
  surveyCapture,
} from './capture/copy.js';
export {
  type CapturedFrame,
  type CaptureTime,
  parseTime,
  timeText,
} from './capture/frame.js';
export type { Decompress, Decompressors, ReadOptions } from './capture/parser.js';
export type {
  CaptureInterface,
  CaptureItem,
  CaptureOption,
  CaptureSection,
  CustomBlock,
  DecryptionSecrets,
  FrameDetails,
  InterfaceStatistics,
  NameResolution,
  RawBlock,
  ResolvedName,
} from './capture/pcapng-model.js';
export {
  MemoryPcapngWriter,
  type NewInterface,
  type PcapngStamp,
  PcapngWriter,
  type PcapngWriterOptions,
} from './capture/pcapng-writer.js';
export { CaptureReader, framesOf, openCapture } from './capture/reader.js';
export type { CaptureSource } from './capture/source.js';
export {
  type ArpAddress,
  type ArpFields,
  type ArpInput,
  ArpView,
  arp,
  arpHeaderBytes,
  arpProtocol,
  decodeArp,
  encodeArp,
} from './headers/arp.js';
export { ARP_FIXED_BYTES, arpLayout, checkArp } from './headers/arp-wire.js';
export {
  checkDot1q,
  DOT1Q_HEADER_BYTES,
  type Dot1qFields,
  type Dot1qInput,
  Dot1qView,
  decodeDot1q,
  dot1q,
  dot1qLayout,
  dot1qProtocol,
  encodeDot1q,
} from './headers/dot1q.js';
export {
  checkEthernet,
  decodeEthernet,
  ETHERNET_HEADER_BYTES,
  type EthernetFields,
  type EthernetInput,
  EthernetView,
  encodeEthernet,
  ethernet,
  ethernetLayout,
  ethernetProtocol,
} from './headers/ethernet.js';
export {
  decodeGeneve,
  encodeGeneve,
  type GeneveFields,
  type GeneveInput,
  GeneveView,
  geneve,
  geneveHeaderBytes,
  geneveProtocol,
  geneveProtocolWith,
} from './headers/geneve.js';
export {
  type GeneveOption,
  type GeneveOptionCodec,
  GeneveOptionRegistry,
  guideOptions,
  securityPolicyId,
  sourceIdentity,
  telemetry,
  textOption,
} from './headers/geneve-options.js';
export { checkGeneve, GENEVE_HEADER_BYTES, geneveLayout } from './headers/geneve-wire.js';
export {
  decodeIpv4,
  encodeIpv4,
  type Ipv4Fields,
  type Ipv4Input,
  Ipv4View,
  ipv4,
  ipv4HeaderBytes,
  ipv4Protocol,
  sealIpv4,
} from './headers/ipv4.js';
export type {
  Ipv4NamedOption,
  Ipv4Option,
  Ipv4RouteOption,
  Ipv4TimestampOption,
} from './headers/ipv4-options.js';
export { checkIpv4, IPV4_HEADER_BYTES, ipv4Layout, pseudoIpv4 } from './headers/ipv4-wire.js';
export {
  checkIpv6,
  decodeIpv6,
  encodeIpv6,
  IPV6_HEADER_BYTES,
  type Ipv6Fields,
  type Ipv6Input,
  Ipv6View,
  ipv6,
  ipv6Layout,
  ipv6Protocol,
  pseudoIpv6,
} from './headers/ipv6.js';
export { type LayerMaker, LayerSpec, layerMaker } from './headers/layer-spec.js';
export { bodyName, eitherName, flagName, numberName, valueName } from './headers/names.js';
export {
  ARP_OPERATION,
  ETHERTYPE,
  GENEVE_CLASS,
  IP_PROTOCOL,
  LINK_TYPE,
  TCP_FLAG,
  UDP_PORT,
  VXLAN_FLAG,
} from './headers/numbers.js';
export {
  type ChecksumStatus,
  defineProtocol,
  type Emit,
  type Extent,
  endBody,
  type FieldName,
  type Form,
  HeaderView,
  type Place,
  type ProblemKind,
  type Protocol,
  type ProtocolDefinition,
  requireHeader,
} from './headers/protocol.js';
export {
  decodeTcp,
  encodeTcp,
  sealTcp,
  type TcpFields,
  type TcpFlag,
  type TcpInput,
  TcpView,
  tcp,
  tcpHeaderBytes,
  tcpProtocol,
} from './headers/tcp.js';
export {
  endOfOptions,
  mss,
  nop,
  type SackBlock,
  sack,
  sackPermitted,
  type TcpNamedOption,
  type TcpOption,
  timestamps,
  windowScale,
} from './headers/tcp-options.js';
export { checkTcp, TCP_HEADER_BYTES, tcpLayout } from './headers/tcp-wire.js';
export {
  checkUdp,
  decodeUdp,
  encodeUdp,
  sealUdp,
  UDP_HEADER_BYTES,
  type UdpFields,
  type UdpInput,
  UdpView,
  udp,
  udpLayout,
  udpProtocol,
} from './headers/udp.js';
export { flag, flagNames, flagsFrom, needRoom, nextNumber, uint } from './headers/values.js';
export {
  checkVxlan,
  decodeVxlan,
  encodeVxlan,
  VXLAN_HEADER_BYTES,
  type VxlanFields,
  type VxlanFlag,
  type VxlanInput,
  VxlanView,
  vxlan,
  vxlanLayout,
  vxlanProtocol,
} from './headers/vxlan.js';
export {
  Bindings,
  bindings,
  type Numbers,
  type OurProtocols,
  type Protocols,
  type ViewOf,
} from './packet/bindings.js';
export { type BuildOptions, build } from './packet/build.js';
export { communityId } from './packet/community-id.js';
export { fieldText } from './packet/field-text.js';
export { entropyPort, flowHash, frameFlowHash, ipFlowHash } from './packet/flow-hash.js';
export { type FiveTuple, flowKey, flowTuple } from './packet/flow-key.js';
export {
  chosenLevels,
  type FlowLevel,
  type FlowSymmetry,
  flowLevels,
  type LevelChoice,
  newFlowLevel,
  readFlowLevel,
} from './packet/flow-level.js';
export {
  type Flow,
  type FlowCount,
  FlowTable,
  type FlowTableOptions,
  type FlowTime,
} from './packet/flow-table.js';
export {
  type LayerJson,
  type PacketJson,
  packetToJson,
  partsFromJson,
} from './packet/json.js';
export { type Broken, Packet, type Problem } from './packet/packet.js';
export { type ParseOptions, parse } from './packet/parse.js';
export type { SpecPart } from './packet/to-spec.js';
export { RSS_KEY, RSS_KEY_BYTES, SYMMETRIC_RSS_KEY, Toeplitz } from './packet/toeplitz.js';
