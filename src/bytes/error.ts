/** What can go wrong when a caller asks for something impossible. The codes are stable. */
export type PacketErrorCode =
  | 'OUT_OF_RANGE' // a value does not fit its field
  | 'BAD_VALUE' // a value of the wrong kind or form: 'hello' for an address
  | 'UNKNOWN_FIELD' // a header has no field of that name
  | 'UNKNOWN_PROTOCOL' // no protocol of that name is bound
  | 'NO_ROOM' // the buffer ends before the header does
  | 'NOT_A_HEADER' // the bytes are not a header of that protocol
  | 'BAD_CAPTURE' // a capture file that is none, or is damaged
  | 'TRUNCATED_CAPTURE' // a capture file that ends inside a record
  | 'BAD_SPEC' // a frame specification that can't be read
  | 'BAD_OPTION'; // an option of a function or command that makes no sense

/** Where an error happened: whichever of these are known. */
export interface ErrorPlace {
  /** Protocol name, such as `ipv4`. */
  readonly layer?: string | undefined;
  /** Field name within the layer, such as `ttl`. */
  readonly field?: string | undefined;
  /** Absolute byte offset in the frame or file. */
  readonly offset?: number | undefined;
  /** Frame number in its file, from 1. */
  readonly frame?: number | undefined;
}

/**
 * The one error that framewright throws: on misuse, on encoding a value that does not fit, and on
 * a capture file that can't be read on. Parsing bytes of a frame never throws.
 */
export class PacketError extends Error {
  readonly code: PacketErrorCode;
  readonly layer: string | undefined;
  readonly field: string | undefined;
  readonly offset: number | undefined;
  readonly frame: number | undefined;

  constructor(code: PacketErrorCode, message: string, place: ErrorPlace = {}) {
    super(message);
    this.name = 'PacketError';
    this.code = code;
    this.layer = place.layer;
    this.field = place.field;
    this.offset = place.offset;
    this.frame = place.frame;
  }
}
