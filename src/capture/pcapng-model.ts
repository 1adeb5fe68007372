/** What a pcapng file holds, as data. */
import type { CapturedFrame } from './frame.js';

/** An option as it stands in the file. */
export interface CaptureOption {
  /** What it is, 0–65,535; 1 is a comment, the others depend on the block. */
  readonly code: number;
  /** Of a custom option (2988, 2989, 19372, 19373), the Private Enterprise Number. */
  readonly enterprise?: number | undefined;
  /** The value, without the Private Enterprise Number and without padding. */
  readonly data: Uint8Array;
}

/** A section: what a Section Header Block starts. Interfaces are numbered anew in each. */
export interface CaptureSection {
  /** Its place in the file, from 1. */
  readonly number: number;
  readonly byteOrder: 'big' | 'little';
  readonly versionMajor: number;
  readonly versionMinor: number;
  /** Bytes of the section after its header, as claimed; undefined where the file says −1. */
  readonly length: bigint | undefined;
  readonly hardware: string | undefined;
  readonly os: string | undefined;
  /** The program that wrote the file. */
  readonly application: string | undefined;
  readonly comments: readonly string[];
  /** Every option, the ones above too. */
  readonly options: readonly CaptureOption[];
}

/** An interface that frames were captured on. */
export interface CaptureInterface {
  /** Its number in its section, from 0. */
  readonly id: number;
  readonly section: CaptureSection;
  /** LINKTYPE value, 0–65,535; 1 is Ethernet. */
  readonly linkType: number;
  /** Bytes of a frame that were captured at most; 0 is unlimited. */
  readonly snapLength: number;
  readonly name: string | undefined;
  readonly description: string | undefined;
  /** The capture filter as text, where it is one. */
  readonly filter: string | undefined;
  readonly os: string | undefined;
  readonly hardware: string | undefined;
  /** Bits a second. */
  readonly speed: bigint | undefined;
  /** Units of time are this base to the power of minus `timeExponent` seconds. */
  readonly timeBase: 2 | 10;
  /** 0–127, 6 where the file does not say. */
  readonly timeExponent: number;
  /** Digits of the resolution down to nanoseconds, 0–9; powers of two have 9. */
  readonly timeDigits: number;
  /** Seconds to add to each time. */
  readonly timeOffset: bigint;
  /** Bytes of FCS that end each frame, 0–255; undefined where the file does not say. */
  readonly fcsBytes: number | undefined;
  readonly comments: readonly string[];
  /** Every option, the ones above too. */
  readonly options: readonly CaptureOption[];
}

/** What a pcapng file says about one frame, beside its time and lengths. */
export interface FrameDetails {
  readonly comments?: readonly string[] | undefined;
  /** `epb_flags`, 32 bits: direction in the lowest two, FCS length in bits 5–8, link errors above. */
  readonly flags?: number | undefined;
  /** Frames lost between this one and the one before it on the same interface. */
  readonly dropCount?: bigint | undefined;
  readonly packetId?: bigint | undefined;
  /** Queue of the interface, 32 bits. */
  readonly queue?: number | undefined;
  /** Hashes, verdicts, custom and unknown options, in the order of the file. */
  readonly options?: readonly CaptureOption[] | undefined;
}

/** A whole block as it stands in the file, from its type to its length at the end. */
export interface RawBlock {
  /** Block type, 32 bits. */
  readonly type: number;
  readonly bytes: Uint8Array;
  readonly byteOrder: 'big' | 'little';
}

/** An address and its names. */
export interface ResolvedName {
  /** 1 is IPv4, 2 is IPv6, 3 is EUI-48, 4 is EUI-64. */
  readonly type: number;
  /** Address bytes, in network order; empty for other types. */
  readonly address: Uint8Array;
  readonly names: readonly string[];
  /** The record's whole value. */
  readonly data: Uint8Array;
}

/** Name Resolution Block. */
export interface NameResolution {
  readonly records: readonly ResolvedName[];
  readonly comments: readonly string[];
  readonly options: readonly CaptureOption[];
}

/** Interface Statistics Block. */
export interface InterfaceStatistics {
  /** The number that the block gives. */
  readonly interfaceId: number;
  /** Undefined where no interface has that number. */
  readonly interface: CaptureInterface | undefined;
  /** Frames received by the interface. */
  readonly received: bigint | undefined;
  /** Frames that the interface dropped. */
  readonly dropped: bigint | undefined;
  /** Frames that the filter let through. */
  readonly accepted: bigint | undefined;
  /** Frames that the operating system dropped. */
  readonly osDropped: bigint | undefined;
  /** Frames given to the program. */
  readonly delivered: bigint | undefined;
  readonly comments: readonly string[];
  readonly options: readonly CaptureOption[];
}

/** Decryption Secrets Block. */
export interface DecryptionSecrets {
  /** 0x544c534b is a TLS key log, 0x57474b4c WireGuard's. */
  readonly type: number;
  readonly data: Uint8Array;
  readonly options: readonly CaptureOption[];
}

/** Custom Block. */
export interface CustomBlock {
  /** Private Enterprise Number. */
  readonly enterprise: number;
  /** Whether programs that do not know the block may copy it to a changed file. */
  readonly mayCopy: boolean;
  /** Data and options: only the enterprise knows where the one ends. */
  readonly data: Uint8Array;
}

/** One thing of a capture file, in the file's order; `raw` is undefined in pcap. */
export type CaptureItem =
  | { readonly kind: 'section'; readonly section: CaptureSection; readonly raw: RawBlock }
  | { readonly kind: 'interface'; readonly interface: CaptureInterface; readonly raw: RawBlock }
  | { readonly kind: 'frame'; readonly frame: CapturedFrame; readonly raw: RawBlock | undefined }
  | { readonly kind: 'names'; readonly names: NameResolution; readonly raw: RawBlock }
  | {
      readonly kind: 'statistics';
      readonly statistics: InterfaceStatistics;
      readonly raw: RawBlock;
    }
  | { readonly kind: 'secrets'; readonly secrets: DecryptionSecrets; readonly raw: RawBlock }
  | { readonly kind: 'custom'; readonly custom: CustomBlock; readonly raw: RawBlock }
  | { readonly kind: 'unknown'; readonly raw: RawBlock };
