/** The subpath `framewright/pcap-writer`: writing pcap files, and nothing else. */
export type { FrameStamp, PcapWriterOptions } from './capture/pcap-writer.js';
export { MemoryPcapWriter, PcapWriter } from './capture/pcap-writer.js';
export type { BlockFunction, CaptureSink, NodeWritable } from './capture/sink.js';
