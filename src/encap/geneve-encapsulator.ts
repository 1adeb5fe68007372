/** Encapsulation in Geneve, RFC 8926, with options that are fixed or change with each frame. */
import { geneve, geneveHeaderBytes } from '../headers/geneve.js';
import { GENEVE_OPTION_HEADER_BYTES } from '../headers/geneve-option-wire.js';
import type { GeneveOption } from '../headers/geneve-options.js';
import { ETHERTYPE } from '../headers/numbers.js';
import { badValue } from '../headers/values.js';
import { isIpType } from '../packet/ethernet-payload.js';
import { TunnelEncapsulator } from './tunnel.js';
import type { TunnelOptions } from './tunnel-options.js';

/** An option whose data changes with each frame. */
export interface ChangingOption {
  /** 0–65535. */
  readonly class: number;
  /** 0–255, the critical bit (128) included. */
  readonly type: number;
  /** What it is until it is changed: 0–124 bytes, a multiple of four. */
  readonly data: Uint8Array;
  readonly changes: true;
}

/** How to wrap frames in Geneve. */
export interface GeneveEncapsulatorOptions extends TunnelOptions {
  /** In the order of the wire, up to 252 bytes in all (absent: none). */
  readonly options?: readonly (GeneveOption | ChangingOption)[];
  /** Control packet, RFC 8926 §3.4 (absent: false). */
  readonly oam?: boolean;
  /**
   * EtherType of what is inside (absent: 0x6558, an Ethernet frame). Of what is neither a frame nor
   * IP nothing is read: its flow's hash is 0, and outside stands what stands around no IP packet.
   */
  readonly protocol?: number;
}

/** Wraps frames in Geneve, from options that are read and checked once. */
export class GeneveEncapsulator extends TunnelEncapsulator {
  /** Throws `PacketError` for an option that does not fit, naming it. */
  constructor(options: GeneveEncapsulatorOptions) {
    const { oam = false, protocol = ETHERTYPE.ETHERNET } = options;
    const given = options.options ?? [];
    // Where data changes the template has zeros: the kernel adds to its sum.
    const fixed = given.map((option) =>
      isChanging(option)
        ? { class: option.class, type: option.type, data: new Uint8Array(option.data.length) }
        : option,
    );
    const places: number[] = [];
    const changing = given.filter(isChanging);
    for (const [i, option] of given.entries()) {
      if (!isChanging(option)) continue;
      const at = geneveHeaderBytes({ options: fixed.slice(0, i) }) + GENEVE_OPTION_HEADER_BYTES;
      for (let word = 0; word < option.data.length; word += 4) places.push(at + word);
    }
    super({
      options,
      name: 'geneve',
      layer: geneve({ options: fixed, oam, protocol }),
      inside: insideOf(protocol),
      changing: places,
    });
    let at = 0;
    for (const { data } of changing) {
      for (const byte of data) this.changingData.setUint8(at++, byte);
    }
  }
}

function isChanging(option: GeneveOption | ChangingOption): option is ChangingOption {
  if (!('changes' in option && option.changes)) return false;
  if (option.data instanceof Uint8Array) return true;
  throw badValue('geneve', 'options', option.data, 'the data of an option that changes, as bytes');
}

function insideOf(protocol: number): 'frame' | 'packet' | 'unknown' {
  if (protocol === ETHERTYPE.ETHERNET) return 'frame';
  return isIpType(protocol) ? 'packet' : 'unknown';
}
