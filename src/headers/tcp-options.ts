/** TCP options: RFC 9293 §3.2, RFC 7323 (window scale, timestamps), RFC 2018 (SACK). */
import { allOptionsName } from './names.js';
import { END, eachOption, NOP, type Option, type OptionCodec, OptionList } from './options.js';
import type { FieldName } from './protocol.js';
import { uint } from './values.js';

export const MSS = 2;
export const WINDOW_SCALE = 3;
export const SACK_PERMITTED = 4;
export const SACK = 5;
export const TIMESTAMPS = 8;
/** Kinds for experiments, which say which one in their first two bytes (RFC 6994 §3). */
const EXPERIMENTAL: readonly number[] = [253, 254];
/** The options whose values have names. */
export type TcpNamedOption =
  /** Maximum segment size, bytes. */
  | { readonly kind: 'mss'; readonly value: number }
  /** Window scale: bits to shift the window left, 0–14 (RFC 7323 §2.3), up to 255 on the wire. */
  | { readonly kind: 'windowScale'; readonly value: number }
  | { readonly kind: 'sackPermitted' }
  /** Blocks received out of order: [left, right) sequence numbers. */
  | { readonly kind: 'sack'; readonly blocks: readonly SackBlock[] }
  | { readonly kind: 'timestamps'; readonly value: number; readonly echo: number };

export interface SackBlock {
  readonly left: number;
  /** The sequence number behind the block's last byte. */
  readonly right: number;
}

/** One TCP option. */
export type TcpOption = Option<TcpNamedOption>;

const word = (value: unknown, field: string): number =>
  uint(value, 0xffffffff, 'tcp', `options.${field}`);

type Of<K extends TcpNamedOption['kind']> = OptionCodec<Extract<TcpNamedOption, { kind: K }>>;

const mssCodec: Of<'mss'> = {
  kind: MSS,
  name: 'mss',
  size: () => 2,
  read: (view, offset) => ({ kind: 'mss', value: view.getUint16(offset) }),
  write: (view, offset, o) =>
    view.setUint16(offset, uint(o.value, 0xffff, 'tcp', 'options.mss.value')),
};

const windowScaleCodec: Of<'windowScale'> = {
  kind: WINDOW_SCALE,
  name: 'windowScale',
  size: () => 1,
  read: (view, offset) => ({ kind: 'windowScale', value: view.getUint8(offset) }),
  write: (view, offset, o) =>
    view.setUint8(offset, uint(o.value, 0xff, 'tcp', 'options.windowScale.value')),
};

const sackPermittedCodec: Of<'sackPermitted'> = {
  kind: SACK_PERMITTED,
  name: 'sackPermitted',
  size: () => 0,
  read: () => ({ kind: 'sackPermitted' }),
  write: () => {},
};

const sackCodec: Of<'sack'> = {
  kind: SACK,
  name: 'sack',
  size: (o) => o.blocks.length * 8,
  read: (view, offset, end) => {
    const blocks: SackBlock[] = [];
    for (let at = offset; at + 8 <= end; at += 8) {
      blocks.push({ left: view.getUint32(at), right: view.getUint32(at + 4) });
    }
    return { kind: 'sack', blocks };
  },
  write: (view, offset, o) => {
    let at = offset;
    for (const block of o.blocks) {
      view.setUint32(at, word(block.left, 'sack.left'));
      view.setUint32(at + 4, word(block.right, 'sack.right'));
      at += 8;
    }
  },
};

const timestampsCodec: Of<'timestamps'> = {
  kind: TIMESTAMPS,
  name: 'timestamps',
  size: () => 8,
  read: (view, offset) => ({
    kind: 'timestamps',
    value: view.getUint32(offset),
    echo: view.getUint32(offset + 4),
  }),
  write: (view, offset, o) => {
    view.setUint32(offset, word(o.value, 'timestamps.value'));
    view.setUint32(offset + 4, word(o.echo, 'timestamps.echo'));
  },
};

/** TCP's option lists: at most 40 bytes, which is what a data offset of 15 leaves. */
export const tcpOptions = new OptionList<TcpNamedOption>('tcp', 40, [
  mssCodec,
  windowScaleCodec,
  sackPermittedCodec,
  sackCodec,
  timestampsCodec,
]);

/** A field name for options of one kind (or all): `tell` takes a value, its first byte and length. */
function optionName(
  name: string,
  label: string,
  values: (
    option: { view: DataView; kind: number; start: number; length: number },
    tell: (value: number, at: number, bytes: number) => void,
  ) => void,
): FieldName {
  return {
    name,
    label,
    form: 'dec',
    each: ({ view, fixedEnd, headerEnd }, _place, emit) => {
      const tell = (value: number, at: number, bytes: number): void =>
        emit(value, at * 8, bytes * 8);
      eachOption(view, fixedEnd, headerEnd, (kind, start, end) =>
        values({ view, kind, start, length: end - start }, tell),
      );
    },
  };
}

/** A 32-bit number at `at` bytes into each option of a kind. */
function wordName(name: string, label: string, kind: number, at: number): FieldName {
  return optionName(name, label, (o, tell) => {
    if (o.kind === kind && o.length === 10) tell(o.view.getUint32(o.start + at), o.start + at, 4);
  });
}

function blockName(name: string, label: string, at: number): FieldName {
  return optionName(name, label, ({ view, kind, start, length }, tell) => {
    if (kind !== SACK || (length - 2) % 8 !== 0) return;
    for (let block = start + 2; block < start + length; block += 8) {
      tell(view.getUint32(block + at), block + at, 4);
    }
  });
}

/** Wireshark's names of the options and what they hold. */
export const tcpOptionNames: readonly FieldName[] = [
  allOptionsName('tcp.options', 'TCP Options'),
  {
    name: 'tcp.option_kind',
    label: 'Kind',
    form: 'dec',
    each: ({ view, fixedEnd, headerEnd }, _place, emit) => {
      let last = NOP;
      const stop = eachOption(view, fixedEnd, headerEnd, (kind, start) => {
        emit(kind, start * 8, 8);
        last = kind;
      });
      // Wireshark shows the zeros behind the end of the list as more ends.
      if (last !== END) return;
      for (let at = stop; at < headerEnd && view.getUint8(at) === END; at++) emit(END, at * 8, 8);
    },
  },
  optionName('tcp.option_len', 'Length', (o, tell) => {
    if (o.kind > 1) tell(o.length, o.start + 1, 1);
  }),
  optionName('tcp.options.mss_val', 'MSS Value', (o, tell) => {
    if (o.kind === MSS && o.length === 4) tell(o.view.getUint16(o.start + 2), o.start + 2, 2);
  }),
  optionName('tcp.options.wscale.shift', 'Shift count', (o, tell) => {
    if (o.kind === WINDOW_SCALE && o.length === 3) {
      tell(o.view.getUint8(o.start + 2), o.start + 2, 1);
    }
  }),
  optionName('tcp.options.wscale.multiplier', 'Multiplier', (o, tell) => {
    // A shift of more than 14 counts as 14 (RFC 7323 §2.3).
    if (o.kind === WINDOW_SCALE && o.length === 3) {
      tell(2 ** Math.min(o.view.getUint8(o.start + 2), 14), o.start + 2, 0);
    }
  }),
  optionName('tcp.options.sack.count', 'TCP SACK Count', (o, tell) => {
    if (o.kind === SACK && (o.length - 2) % 8 === 0) tell((o.length - 2) / 8, o.start, 0);
  }),
  blockName('tcp.options.sack_le', 'TCP SACK Left Edge', 0),
  blockName('tcp.options.sack_re', 'TCP SACK Right Edge', 4),
  wordName('tcp.options.timestamp.tsval', 'Timestamp value', TIMESTAMPS, 2),
  wordName('tcp.options.timestamp.tsecr', 'Timestamp echo reply', TIMESTAMPS, 6),
  {
    ...optionName('tcp.options.experimental.exid', 'Experiment Identifier', (o, tell) => {
      if (EXPERIMENTAL.includes(o.kind) && o.length >= 4) {
        tell(o.view.getUint16(o.start + 2), o.start + 2, 2);
      }
    }),
    form: 'hex4',
  },
];

/** Maximum segment size, bytes. */
export const mss = (value: number): TcpOption => ({ kind: 'mss', value });
/** Window scale, bits to shift. */
export const windowScale = (value: number): TcpOption => ({ kind: 'windowScale', value });
export const sackPermitted: TcpOption = { kind: 'sackPermitted' };
/** Blocks received out of order, [left, right). */
export const sack = (...blocks: readonly SackBlock[]): TcpOption => ({ kind: 'sack', blocks });
export const timestamps = (value: number, echo: number): TcpOption => ({
  kind: 'timestamps',
  value,
  echo,
});
/** One byte of padding, in TCP and in IPv4. */
export const nop = { kind: 'nop' } as const;
/** The end of a list of options, in TCP and in IPv4. */
export const endOfOptions = { kind: 'end' } as const;
