/**
 * The plan of an encapsulation in the kernel's memory: what to write in front of a frame, and where
 * in it a number changes from frame to frame. Read by the kernel too, so this file keeps to what
 * both TypeScript and AssemblyScript understand.
 *
 * The first words are numbers (offsets in bytes from the first byte of the header), then come the
 * places of words that change with each frame, the words themselves, and the header's bytes.
 */

/** Bytes of the header. */
export const HEADER_BYTES = 0;
/** The most bytes that are wrapped; longer frames are refused. */
export const MAX_LENGTH = 4;
/** Where the length of the outer packet stands, and what is added to the frame's length there. */
export const LENGTH_AT = 8;
export const LENGTH_EXTRA = 12;
/**
 * Where the IPv4 checksum stands, and the sum of the header without its length (0: there is none, or
 * it is summed anew).
 */
export const IPV4_SUM_AT = 16;
export const IPV4_SUM = 20;
/** Where the UDP length stands (0: there is none), and what is added to the frame's length. */
export const UDP_LENGTH_AT = 24;
export const UDP_LENGTH_EXTRA = 28;
/** Where the UDP source port stands; 0: nowhere. */
export const SOURCE_PORT_AT = 32;
/** Where the word stands whose upper 24 bits are the VNI; 0: nowhere. Its lower 8 are 0. */
export const VNI_AT = 36;
/** How many words change with each frame. */
export const PATCH_WORDS = 40;
/** What only a plan with a transport checksum has. Where the checksum stands (0: it has none). */
export const TRANSPORT_SUM_AT = 44;
/** Where the transport's header begins. */
export const TRANSPORT_AT = 48;
/** The transport's protocol number. */
export const TRANSPORT_PROTOCOL = 52;
/** Where the network header's addresses begin, and how many bytes both take. */
export const ADDRESSES_AT = 56;
export const ADDRESS_BYTES = 60;
/** Whether a checksum of 0 is sent as all ones (UDP). */
export const ZERO_IS_ONES = 64;
/** Bytes of the IPv4 header where it is summed anew, because it may have been changed; else 0. */
export const IPV4_BYTES = 72;

/**
 * What the outer IP header copies from the packet inside, as a mask: bit 16 DF, bits 8–15 TTL, bits
 * 0–7 DSCP and ECN; 0: nothing. The template has zeros there.
 */
export const COPY_MASK = 76;
/** Where the outer IP header begins, and whether it is IPv6. */
export const NETWORK_AT = 80;
export const IS_IPV6 = 84;
/** Bytes from the frame inside to the packet in it: 14 of an Ethernet header, or 0. */
export const PACKET_AT = 88;

/** What a batch means by a VNI or source port of -1: one for all frames, or -1: there is none. */
export const DEFAULT_VNI = 92;
export const DEFAULT_PORT = 96;

/** Offset of each word that changes, from the first byte of the header. */
export const PATCH_PLACES = 100;
/** The words themselves, as they stand on the wire. */
export const PATCHES = 356;
/** The header's bytes. */
export const TEMPLATE = 612;
/** The most words that can change: all that Geneve options can hold. */
export const MAX_PATCH_WORDS = 64;
/** The most bytes of a header. */
export const MAX_HEADER_BYTES = 560;
/** Bytes of a plan. */
export const PLAN_BYTES = 1172;

/** Answers of `wrap` in the place of a length: what it is told does not fit. */
export const TOO_LONG = -1;
export const OUTSIDE = -2;
export const BAD_NUMBER = -3;

/**
 * A batch is seven arrays of 32-bit words one behind the other, each with room for as many frames:
 * where each frame lies, its length, where its header goes, its VNI, its source port, what `wrap`
 * answers for it, and `PATCH_WORDS` words of each frame that change.
 */
export const BATCH_ARRAYS = 6;
