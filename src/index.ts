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
export {
  getBits8,
  getBits16,
  readBits,
  setBits8,
  setBits16,
  setUint24,
  writeBits,
} from './bytes/bits.js';
export { finishSum, foldSum, sumBytes, updateChecksum } from './bytes/checksum.js';
export { crc32c } from './bytes/crc.js';
export { layoutDiagram } from './bytes/diagram.js';
export { type ErrorPlace, PacketError, type PacketErrorCode } from './bytes/error.js';
export { fromHex, hexdump, toHex } from './bytes/hex.js';
export { type Ipv4Prefix, ipv4Mask, parseIpv4Prefix } from './bytes/ipv4-prefix.js';
export { type Kernel, type KernelKind, kernelKind, type Wrapper } from './bytes/kernel.js';
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
  u24,
  u32,
} from './bytes/layout.js';
export {
  type MacTraits,
  type MacVendor,
  macTraits,
  macVendor,
  parseMacNotation,
} from './bytes/mac.js';
export { type AddressKind, addressKind, type SpecialPurpose } from './bytes/special-addresses.js';
export { parseSubnet, Subnet, subnetOf } from './bytes/subnet.js';
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
export { type CapturedFrame, type CaptureTime, parseTime, timeText } from './capture/frame.js';
export { FrameCursor } from './capture/frame-cursor.js';
export { FrameRecord } from './capture/frame-record.js';
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
export { FrameArena, type FrameArenaOptions, NO_SLOT } from './encap/arena.js';
export { WrapBatch } from './encap/batch.js';
export { decapsulate } from './encap/decapsulate.js';
export {
  DECAPSULATION,
  Decapsulation,
  type DecapsulationCode,
  type DecapsulationProblem,
  decapsulationProblem,
} from './encap/decapsulation.js';
export { type DecapsulationOptions, DecapsulationRules } from './encap/decapsulation-rules.js';
export { Dot1qTagger, type Dot1qTaggerOptions, untagInPlace } from './encap/dot1q-tagger.js';
export {
  applyOuterDscp,
  applyOuterEcn,
  applyOuterTtl,
  ECN,
  ECN_DANGEROUS,
  ECN_DROP,
  ECN_UNUSED,
  innerEcn,
  setTrafficClass,
  trafficClass,
} from './encap/ecn.js';
export { TunnelFragmenter, type TunnelFragmenterOptions } from './encap/fragments.js';
export {
  type ChangingOption,
  GeneveEncapsulator,
  type GeneveEncapsulatorOptions,
} from './encap/geneve-encapsulator.js';
export type { EcnMode, OuterOptions, OuterVlan } from './encap/outer.js';
export {
  innerMtu,
  type TunnelOverhead,
  type TunnelShape,
  tunnelOverhead,
  underlayMtuFor,
} from './encap/overhead.js';
export {
  TemplateEncapsulator,
  type TemplateEncapsulatorOptions,
} from './encap/template-encapsulator.js';
export { TunnelEncapsulator } from './encap/tunnel.js';
export type { TunnelOptions } from './encap/tunnel-options.js';
export { VxlanEncapsulator, type VxlanEncapsulatorOptions } from './encap/vxlan-encapsulator.js';
export { WRAP } from './encap/wrap.js';
export {
  AH_HEADER_BYTES,
  type AhFields,
  type AhInput,
  AhView,
  ah,
  ahHeaderBytes,
  ahLayout,
  ahProtocol,
  checkAh,
  decodeAh,
  encodeAh,
} from './headers/ah.js';
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
export { DnsView, dns, dnsProtocol } from './headers/dns.js';
export {
  type DnsFields,
  type DnsInput,
  decodeDns,
  dnsMessageBytes,
  encodeDns,
} from './headers/dns-fields.js';
export {
  DNS_CLASS,
  DNS_TYPE,
  type DnsClassName,
  type DnsData,
  type DnsQuestion,
  type DnsRecord,
  type DnsSoa,
  type DnsSrv,
  type DnsTypeName,
} from './headers/dns-records.js';
export {
  type DnsTcpFields,
  type DnsTcpInput,
  DnsTcpView,
  decodeDnsTcp,
  dnsTcp,
  dnsTcpProtocol,
  encodeDnsTcp,
} from './headers/dns-tcp.js';
export { checkDns, checkDnsTcp, dnsLayout, dnsTcpLayout } from './headers/dns-wire.js';
export type { DnsLists } from './headers/dns-write.js';
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
  checkEsp,
  decodeEsp,
  ESP_HEADER_BYTES,
  type EspFields,
  type EspInput,
  EspView,
  encodeEsp,
  esp,
  espLayout,
  espProtocol,
} from './headers/esp.js';
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
export { GeneveOptionCursor } from './headers/geneve-option-cursor.js';
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
export { GreView, gre, greProtocol } from './headers/gre.js';
export {
  decodeGre,
  encodeGre,
  type GreFields,
  type GreInput,
  greHeaderBytes,
  nvgreKey,
  pptpKey,
  sealGre,
} from './headers/gre-fields.js';
export { checkGre, GRE_FIXED_BYTES, greLayout } from './headers/gre-wire.js';
export {
  decodeIcmp,
  encodeIcmp,
  type IcmpFields,
  type IcmpInput,
  type IcmpMessage,
  IcmpView,
  icmp,
  icmpHeaderBytes,
  icmpProtocol,
  sealIcmp,
} from './headers/icmp.js';
export type { GroupRecord } from './headers/icmp-lists.js';
export type { AdvertisedRouter } from './headers/icmp-routers.js';
export { checkIcmp, icmpLayout } from './headers/icmp-wire.js';
export {
  decodeIcmpv6,
  encodeIcmpv6,
  type Icmpv6Fields,
  type Icmpv6Input,
  type Icmpv6Message,
  Icmpv6View,
  icmpv6,
  icmpv6HeaderBytes,
  icmpv6Protocol,
  sealIcmpv6,
} from './headers/icmpv6.js';
export { checkIcmpv6, icmpv6Layout } from './headers/icmpv6-wire.js';
export {
  decodeIgmp,
  encodeIgmp,
  type IgmpFields,
  type IgmpInput,
  type IgmpMessage,
  IgmpView,
  igmp,
  igmpHeaderBytes,
  igmpProtocol,
  sealIgmp,
} from './headers/igmp.js';
export { checkIgmp, igmpLayout } from './headers/igmp-wire.js';
export { Ipv4View, ipv4, ipv4Protocol } from './headers/ipv4.js';
export {
  decodeIpv4,
  encodeIpv4,
  type Ipv4Fields,
  type Ipv4Input,
  ipv4HeaderBytes,
  sealIpv4,
} from './headers/ipv4-fields.js';
export type {
  Ipv4NamedOption,
  Ipv4Option,
  Ipv4RouteOption,
  Ipv4TimestampOption,
} from './headers/ipv4-options.js';
export { checkIpv4, IPV4_HEADER_BYTES, ipv4Layout, pseudoIpv4 } from './headers/ipv4-wire.js';
export {
  decodeIpv6,
  encodeIpv6,
  type Ipv6Fields,
  type Ipv6Input,
  Ipv6View,
  ipv6,
  ipv6Protocol,
} from './headers/ipv6.js';
export {
  checkIpv6Destination,
  encodeIpv6Destination,
  Ipv6DestinationView,
  ipv6Destination,
  ipv6DestinationLayout,
  ipv6DestinationProtocol,
} from './headers/ipv6-destination.js';
export {
  checkIpv6Fragment,
  decodeIpv6Fragment,
  encodeIpv6Fragment,
  IPV6_FRAGMENT_BYTES,
  type Ipv6FragmentFields,
  type Ipv6FragmentInput,
  Ipv6FragmentView,
  ipv6Fragment,
  ipv6FragmentLayout,
  ipv6FragmentProtocol,
} from './headers/ipv6-fragment.js';
export {
  checkIpv6HopByHop,
  encodeIpv6HopByHop,
  Ipv6HopByHopView,
  ipv6HopByHop,
  ipv6HopByHopLayout,
  ipv6HopByHopProtocol,
} from './headers/ipv6-hop-by-hop.js';
export {
  IPV6_OPTION,
  type Ipv6NamedOption,
  type Ipv6Option,
  type Ipv6RplOption,
} from './headers/ipv6-options.js';
export type {
  Ipv6OptionsFields,
  Ipv6OptionsInput,
  Ipv6OptionsView,
} from './headers/ipv6-options-header.js';
export {
  type AddressRoute,
  type Ipv6Route,
  ROUTING_TYPE,
  type RplRoute,
  type SegmentHmac,
  type SegmentRoute,
  type SegmentTlv,
} from './headers/ipv6-route.js';
export {
  decodeIpv6Routing,
  encodeIpv6Routing,
  type Ipv6RoutingFields,
  type Ipv6RoutingInput,
  Ipv6RoutingView,
  ipv6Routing,
  ipv6RoutingBytes,
  ipv6RoutingProtocol,
} from './headers/ipv6-routing.js';
export { checkIpv6Routing, ipv6RoutingLayout } from './headers/ipv6-routing-wire.js';
export { checkIpv6, IPV6_HEADER_BYTES, ipv6Layout, pseudoIpv6 } from './headers/ipv6-wire.js';
export { LacpView, lacp, lacpProtocol } from './headers/lacp.js';
export { decodeLacp, encodeLacp, type LacpFields, type LacpInput } from './headers/lacp-fields.js';
export { checkLacp, LACP_HEADER_BYTES, LACP_STATE, lacpLayout } from './headers/lacp-wire.js';
export { type LayerMaker, LayerSpec, layerMaker } from './headers/layer-spec.js';
export {
  checkLlc,
  decodeLlc,
  encodeLlc,
  type LlcFields,
  type LlcInput,
  LlcView,
  llc,
  llcHeaderBytes,
  llcLayout,
  llcProtocol,
} from './headers/llc.js';
export {
  checkLldp,
  decodeLldp,
  encodeLldp,
  type LldpFields,
  type LldpInput,
  LldpView,
  lldp,
  lldpHeaderBytes,
  lldpLayout,
  lldpProtocol,
} from './headers/lldp.js';
export type { LldpId, LldpTlv } from './headers/lldp-tlvs.js';
export {
  checkLoopback,
  decodeLoopback,
  encodeLoopback,
  LOOPBACK_HEADER_BYTES,
  type LoopbackFields,
  type LoopbackInput,
  LoopbackView,
  loopback,
  loopbackLayout,
  loopbackProtocol,
} from './headers/loopback.js';
export {
  checkMpls,
  decodeMpls,
  encodeMpls,
  MPLS_HEADER_BYTES,
  type MplsFields,
  type MplsInput,
  MplsView,
  mpls,
  mplsLayout,
  mplsProtocol,
} from './headers/mpls.js';
export {
  bodyName,
  bytesName,
  eitherName,
  flagName,
  numberName,
  valueName,
} from './headers/names.js';
export { NDP_OPTION, type NdpNamedOption } from './headers/ndp-option-values.js';
export type { NdpOption } from './headers/ndp-options.js';
export {
  ADDRESS_FAMILY,
  ARP_OPERATION,
  ETHERTYPE,
  GENEVE_CLASS,
  ICMP_TYPE,
  ICMPV6_TYPE,
  IGMP_TYPE,
  IP_PROTOCOL,
  LINK_TYPE,
  LLC_SAP,
  MPLS_NEXT,
  SLOW_PROTOCOL,
  SNAP_OUI,
  TCP_FLAG,
  UDP_PORT,
  VXLAN_FLAG,
  VXLAN_GPE_FLAG,
  VXLAN_GPE_NEXT,
} from './headers/numbers.js';
export {
  checkOspf,
  decodeOspf,
  encodeOspf,
  OSPF_HEADER_BYTES,
  type OspfFields,
  type OspfInput,
  OspfView,
  ospf,
  ospfLayout,
  ospfProtocol,
  sealOspf,
} from './headers/ospf.js';
export {
  type ByteRange,
  type ChecksumStatus,
  defineProtocol,
  type Emit,
  type Extent,
  endBody,
  type FieldName,
  type Form,
  type Found,
  HeaderView,
  type Place,
  type ProblemKind,
  type Protocol,
  type ProtocolDefinition,
  requireHeader,
  type Severity,
} from './headers/protocol.js';
export {
  checkPseudowire,
  decodePseudowire,
  encodePseudowire,
  PSEUDOWIRE_HEADER_BYTES,
  type PseudowireFields,
  type PseudowireInput,
  PseudowireView,
  pseudowire,
  pseudowireLayout,
  pseudowireProtocol,
} from './headers/pseudowire.js';
export {
  checkSctp,
  decodeSctp,
  encodeSctp,
  SCTP_HEADER_BYTES,
  type SctpChunk,
  type SctpFields,
  type SctpInput,
  SctpView,
  sctp,
  sctpChunks,
  sctpLayout,
  sctpProtocol,
  sealSctp,
} from './headers/sctp.js';
export {
  checkSll,
  decodeSll,
  encodeSll,
  SLL_HEADER_BYTES,
  type SllFields,
  type SllInput,
  SllView,
  sll,
  sllLayout,
  sllProtocol,
} from './headers/sll.js';
export {
  checkSll2,
  decodeSll2,
  encodeSll2,
  SLL2_HEADER_BYTES,
  type Sll2Fields,
  type Sll2Input,
  Sll2View,
  sll2,
  sll2Layout,
  sll2Protocol,
} from './headers/sll2.js';
export {
  checkSlow,
  decodeSlow,
  encodeSlow,
  SLOW_HEADER_BYTES,
  type SlowFields,
  type SlowInput,
  SlowView,
  slow,
  slowLayout,
  slowProtocol,
} from './headers/slow.js';
export {
  checkSnap,
  decodeSnap,
  encodeSnap,
  SNAP_HEADER_BYTES,
  type SnapFields,
  type SnapInput,
  SnapView,
  snap,
  snapLayout,
  snapProtocol,
} from './headers/snap.js';
export {
  decodeStp,
  encodeStp,
  type StpFields,
  type StpInput,
  StpView,
  stp,
  stpHeaderBytes,
  stpProtocol,
} from './headers/stp.js';
export { checkStp, STP_HEADER_BYTES, STP_SHORT_BYTES, stpLayout } from './headers/stp-wire.js';
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
export {
  checkTcpStart,
  decodeTcpStart,
  encodeTcpStart,
  TCP_START_BYTES,
  type TcpStartFields,
  type TcpStartInput,
  TcpStartView,
  tcpStart,
  tcpStartBytes,
  tcpStartLayout,
  tcpStartProtocol,
} from './headers/tcp-start.js';
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
  checkVxlanGpe,
  decodeVxlanGpe,
  encodeVxlanGpe,
  VXLAN_GPE_HEADER_BYTES,
  type VxlanGpeFields,
  type VxlanGpeFlag,
  type VxlanGpeInput,
  VxlanGpeView,
  vxlanGpe,
  vxlanGpeLayout,
  vxlanGpeProtocol,
} from './headers/vxlan-gpe.js';
export { Bridge, type BridgeOptions } from './lab/bridge/bridge.js';
export { Fdb, type FdbEntry, type FdbKind } from './lab/bridge/fdb.js';
export type { BridgeHooks } from './lab/bridge/hooks.js';
export { BridgePort, type BridgePortOptions } from './lab/bridge/port.js';
export {
  type CaptureEpoch,
  LAB_EPOCH,
  LabCapture,
  LinkCaptures,
  newCapture,
  newCaptureTo,
} from './lab/capture.js';
export {
  Clock,
  MICROSECOND,
  MILLISECOND,
  type Scheduled,
  SECOND,
  Timer,
} from './lab/clock.js';
export { Device, type DeviceOptions, type PortSpec, type Table } from './lab/device.js';
export { Frame, FramePool } from './lab/frame.js';
export { Host, type HostOptions, type InterfaceSpec, Router } from './lab/host.js';
export { HOOK, type Hook, type PacketHooks } from './lab/ip/hooks.js';
export { IpInterface } from './lab/ip/interface.js';
export { type Hop, Ping, type PingAnswer, type PingOptions, Traceroute } from './lab/ip/ping.js';
export type { RouteOptions } from './lab/ip/route-to.js';
export { type Route, RouteTable } from './lab/ip/routes.js';
export type { SendOptions, SendResult } from './lab/ip/send-options.js';
export { IpStack } from './lab/ip/stack.js';
export type { IpStackOptions } from './lab/ip/stack-options.js';
export type { IcmpError, Transport } from './lab/ip/transport.js';
export { Udp, type UdpListener, UdpSocket } from './lab/ip/udp.js';
export { type ConnectionState, IpvsConnection } from './lab/ipvs/connection.js';
export { Ipvs } from './lab/ipvs/ipvs.js';
export type { SchedulerName } from './lab/ipvs/schedulers.js';
export {
  type Forward,
  RealServer,
  type ServerOptions,
  type ServiceOptions,
  VirtualService,
} from './lab/ipvs/service.js';
export { Lab, type LabOptions } from './lab/lab.js';
export { Link, type LinkOptions } from './lab/link.js';
export { Namespace, type PlugSpec, veth } from './lab/namespace.js';
export { NatRouter, type NatRouterOptions } from './lab/nat-router.js';
export { BrNetfilter } from './lab/netfilter/br-netfilter.js';
export { Connection, type PacketState } from './lab/netfilter/connection.js';
export {
  Conntrack,
  type ConntrackOptions,
  type ConntrackTimeouts,
} from './lab/netfilter/conntrack.js';
export { Netfilter, type NetfilterOptions } from './lab/netfilter/netfilter.js';
export { TABLE_NAMES, type TableName } from './lab/netfilter/order.js';
export type { Conditions, RuleSpec, TargetSpec } from './lab/netfilter/rule-spec.js';
export {
  dnat,
  logPacket,
  masquerade,
  type NatOptions,
  redirect,
  reject,
  setMark,
  setTos,
  setTtl,
  snat,
} from './lab/netfilter/target-specs.js';
export { Outside } from './lab/outside.js';
export { Port, type PortHandler, type Wire } from './lab/port.js';
export { Random } from './lab/random.js';
export { Crossing, type Labeller, type Note, Recorder, type Watcher } from './lab/recorder.js';
export { type Step, Story } from './lab/story.js';
export { Switch, type SwitchOptions, type SwitchPortSpec } from './lab/switch.js';
export { TcpConnection as LabTcpConnection, type TcpState } from './lab/tcp/connection.js';
export type { TcpCounterName, TcpCounters } from './lab/tcp/counters.js';
export type { TcpFailure, TcpHandler } from './lab/tcp/handler.js';
export type { TcpFlow } from './lab/tcp/io.js';
export type { TcpMemory, TcpOptions, TcpSettings } from './lab/tcp/settings.js';
export { Tcp, type TcpConnectOptions, type TcpListener } from './lab/tcp/tcp.js';
export { topologyFormat } from './lab/topology/format.js';
export {
  pathText,
  problemText,
  type TopologyPath,
  type TopologyProblem,
} from './lab/topology/place.js';
export { Script, type StepOutcome } from './lab/topology/script.js';
export {
  checkTopology,
  loadTopology,
  Topology,
  type TopologyCheck,
  type TopologyOptions,
} from './lab/topology/topology.js';
export type { VtepControl } from './lab/tunnel/control.js';
export {
  CONTROLLER_PORT,
  type ControlMessage,
  STORE_PORT,
} from './lab/tunnel/control-channel.js';
export { Controller, ControllerClient } from './lab/tunnel/controller.js';
export {
  type EndPointCounters,
  type EndPointOptions,
  TunnelEndPoint,
} from './lab/tunnel/end-point.js';
export {
  type PolicyVerdict,
  type TunnelPolicy,
  type Workload,
  WorkloadPolicy,
  type WorkloadPolicyOptions,
} from './lab/tunnel/policy.js';
export { Remote, type TunnelKind } from './lab/tunnel/remote.js';
export { KeyValueStore, StoreClient } from './lab/tunnel/store.js';
export { Tunnel } from './lab/tunnel/tunnel.js';
export type { TunnelOptions as LabTunnelOptions } from './lab/tunnel/tunnel-options.js';
export {
  type Learned,
  type VtepEntry,
  type VtepEntryKind,
  VtepTable,
} from './lab/tunnel/vtep-table.js';
export { addVlanPort } from './lab/vlan-port.js';
export { type Segment, Vtep, type VtepOptions } from './lab/vtep.js';
export { frameText } from './lab/words.js';
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
export { Dissector } from './packet/dissector.js';
export { ethernetPayload, networkOffset, payloadType } from './packet/ethernet-payload.js';
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
  readFrameFlowLevel,
} from './packet/flow-level.js';
export { FlowSet, type FlowSetOptions } from './packet/flow-set.js';
export {
  type Flow,
  type FlowCount,
  FlowTable,
  type FlowTableOptions,
  type FlowTime,
} from './packet/flow-table.js';
export { type LayerJson, type PacketJson, packetToJson, partsFromJson } from './packet/json.js';
export type { Limit } from './packet/limits.js';
export { type Broken, Packet } from './packet/packet.js';
export { type ParseOptions, parse } from './packet/parse.js';
export { type Problem, type ProblemEntry, problemTable } from './packet/problems.js';
export type { SpecPart } from './packet/to-spec.js';
export { RSS_KEY, RSS_KEY_BYTES, SYMMETRIC_RSS_KEY, Toeplitz } from './packet/toeplitz.js';
export { readIpTransport, readTransport, TransportPacket } from './packet/transport.js';
export type { DissectorOptions } from './packet/walk.js';
export { Datagram, type WholeFrame } from './reassembly/datagram.js';
export type { FragmentProblem, FragmentProblemCode } from './reassembly/fragment-problems.js';
export {
  IpReassembler,
  type IpReassemblerOptions,
  type OverlapPolicy,
} from './reassembly/ip-reassembler.js';
export type {
  EndReason,
  GapReason,
  TcpConnection,
  TcpEnd,
  TcpEvent,
  TcpHappening,
} from './reassembly/tcp-events.js';
export { TcpReassembler, type TcpReassemblerOptions } from './reassembly/tcp-reassembler.js';
export { scenarios } from './scenarios/list.js';
export { type PlayOptions, performScenario, playScenario } from './scenarios/play.js';
export type { Scenario } from './scenarios/scenario.js';
