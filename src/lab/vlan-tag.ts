/** A frame's 802.1Q tag, put in and taken out where the frame lies: four bytes of its headroom. */
import { bitField, offsetOf } from '../bytes/layout.js';
import { untagInPlace } from '../encap/dot1q-tagger.js';
import { DOT1Q_HEADER_BYTES, dot1qLayout } from '../headers/dot1q.js';
import { ETHERNET_HEADER_BYTES, ethernetLayout } from '../headers/ethernet.js';
import { ETHERTYPE } from '../headers/numbers.js';
import type { Frame } from './frame.js';
import { checkNumber, numbers } from './range.js';

const TYPE_AT = offsetOf(ethernetLayout, 'type');
const TCI_AT = ETHERNET_HEADER_BYTES;
const TAG_BYTES = DOT1Q_HEADER_BYTES;
const TAGGED_BYTES = ETHERNET_HEADER_BYTES + TAG_BYTES;
const TPID = ETHERTYPE.DOT1Q;
const VID_MASK = bitField(dot1qLayout, 'vid', 16).max;

/** VLAN ids go from 1 to here: 0 is a priority tag, 4095 is reserved (IEEE 802.1Q §9.6). */
export const MAX_VID = 4094;
const VLAN_ID = numbers(1, MAX_VID);

/** `tagOf` of a frame that has no tag. */
export const UNTAGGED = -1;

/** The VLAN id in a tag's TCI, 0–4095. */
export function vidOf(tci: number): number {
  return tci & VID_MASK;
}

/** The TCI with another VLAN id. */
export function withVid(tci: number, vid: number): number {
  return (tci & ~VID_MASK) | vid;
}

/** The TCI (priority, DEI and VLAN id) of a frame's outermost 802.1Q tag, or `UNTAGGED`. */
export function tagOf({ view, start, end }: Frame): number {
  if (end - start < TAGGED_BYTES || view.getUint16(start + TYPE_AT) !== TPID) return UNTAGGED;
  return view.getUint16(start + TCI_AT);
}

/** Takes out the tag of a frame that has one. */
export function popTag(frame: Frame): void {
  frame.start = untagInPlace(frame.view, frame.start, frame.end);
}

/** Puts a tag in front of those that a frame has. */
export function pushTag(frame: Frame, tci: number): void {
  const { view, start } = frame;
  const at = start - TAG_BYTES;
  view.setInt32(at, view.getInt32(start));
  view.setInt32(at + 4, view.getInt32(start + 4));
  view.setInt32(at + 8, view.getInt32(start + 8));
  view.setUint16(at + TYPE_AT, TPID);
  view.setUint16(at + TCI_AT, tci);
  frame.start = at;
}

/** Throws `OUT_OF_RANGE` for what is no VLAN's id. */
export function checkVid(where: string, vid: number): void {
  const why =
    vid === 0
      ? ': 0 says that a frame has a priority and no VLAN'
      : vid === 4095
        ? ': 4095 is reserved'
        : '';
  checkNumber(where, 'a VLAN id', vid, VLAN_ID, `${why} (IEEE 802.1Q §9.6)`);
}
