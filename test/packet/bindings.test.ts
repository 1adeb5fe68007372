import { describe, expect, expectTypeOf, it } from 'vitest';
import { headerLayout, offsetOf, u8, u16 } from '../../src/bytes/layout.js';
import { ethernet } from '../../src/headers/ethernet.js';
import { GeneveView, geneve, geneveProtocolWith } from '../../src/headers/geneve.js';
import { guideOptions, textOption } from '../../src/headers/geneve-options.js';
import { ipv4 } from '../../src/headers/ipv4.js';
import { layerMaker } from '../../src/headers/layer-spec.js';
import { numberName } from '../../src/headers/names.js';
import {
  defineProtocol,
  type Extent,
  type FieldName,
  HeaderView,
  type Place,
  type Protocol,
  requireHeader,
} from '../../src/headers/protocol.js';
import { type TcpView, tcp } from '../../src/headers/tcp.js';
import { udp } from '../../src/headers/udp.js';
import { needRoom, nextNumber, uint } from '../../src/headers/values.js';
import { type VxlanView, vxlan, vxlanProtocol } from '../../src/headers/vxlan.js';
import { bindings } from '../../src/packet/bindings.js';
import { build } from '../../src/packet/build.js';
import { parse } from '../../src/packet/parse.js';
import { fixture } from '../support/fixtures.js';

// A user's own protocol, complete: a tag of four bytes that carries an EtherType.
const mineLayout = headerLayout('mine', [u8('color'), u8('hops'), u16('type')]);
const COLOR = offsetOf(mineLayout, 'color');
const HOPS = offsetOf(mineLayout, 'hops');
const TYPE = offsetOf(mineLayout, 'type');

interface MineFields {
  readonly color: number;
  readonly hops: number;
  readonly type: number;
}

class MineView extends HeaderView {
  constructor(view: DataView, offset = 0, end = view.byteLength, headerEnd = 0) {
    super(view, offset, headerEnd || requireHeader(mineProtocol, view, offset, end), end);
  }

  get descriptor(): Protocol {
    return mineProtocol as unknown as Protocol;
  }

  get color(): number {
    return this.view.getUint8(this.offset + COLOR);
  }

  set color(value: number) {
    this.view.setUint8(this.offset + COLOR, uint(value, 0xff, 'mine', 'color'));
  }

  get hops(): number {
    return this.view.getUint8(this.offset + HOPS);
  }

  set hops(value: number) {
    this.view.setUint8(this.offset + HOPS, uint(value, 0xff, 'mine', 'hops'));
  }

  get type(): number {
    return this.view.getUint16(this.offset + TYPE);
  }

  set type(value: number) {
    this.view.setUint16(this.offset + TYPE, uint(value, 0xffff, 'mine', 'type'));
  }
}

const mineNames: readonly FieldName<MineView>[] = [
  numberName(mineLayout, 'color', 'mine.color', 'Color', 'hex2'),
  numberName(mineLayout, 'hops', 'mine.hops', 'Hops left'),
];

const mineProtocol: Protocol<'mine', MineFields, MineView> = defineProtocol({
  name: 'mine',
  title: 'A protocol of mine',
  layout: mineLayout,
  space: 'ethertype',
  fields: ['color', 'hops', 'type'],
  derived: ['type'],
  problems: [
    { code: 'MINE_CUT', message: 'the bytes end inside the header' },
    { code: 'MINE_HOPS_ZERO', message: 'no hops are left', field: 'hops' },
  ],
  names: mineNames,
  check: (view: DataView, offset: number, end: number, out: Extent): number => {
    out.bodyEnd = end;
    out.alternative = -1;
    if (offset + mineLayout.span > end) {
      out.problems |= 1;
      return 0;
    }
    if (view.getUint8(offset + HOPS) === 0) out.problems |= 2;
    out.next = view.getUint16(offset + TYPE);
    return offset + mineLayout.span;
  },
  layer: (view, offset, headerEnd, end) => new MineView(view, offset, end, headerEnd),
  decode: (layer: MineView) => ({ color: layer.color, hops: layer.hops, type: layer.type }),
  size: () => mineLayout.span,
  encode: (view: DataView, offset: number, f: Partial<MineFields>, place: Place) => {
    const color = uint(f.color ?? 0, 0xff, 'mine', 'color');
    const hops = uint(f.hops ?? 8, 0xff, 'mine', 'hops');
    const type = uint(f.type ?? nextNumber(place, 0, 'mine', 'type'), 0xffff, 'mine', 'type');
    needRoom(view, offset, mineLayout.span, 'mine');
    view.setUint8(offset + COLOR, color);
    view.setUint8(offset + HOPS, hops);
    view.setUint16(offset + TYPE, type);
  },
});
const mine = layerMaker(mineProtocol);
const own = bindings.with(mineProtocol, { ethertype: [0x88b7], udpPort: [9999, 9998] });

const names = (frame: Uint8Array, all: Parameters<typeof parse>[1] = {}): string[] =>
  parse(frame, all).layers.map((layer) => layer.layer);

describe("a user's own protocol", () => {
  const onEthertype = build([ethernet(), mine({ color: 7 }), ipv4(), udp({ dstPort: 7 }), 'data'], {
    bindings: own,
  });
  const onPort = build([ethernet(), ipv4(), udp(), mine({ color: 9 }), ethernet(), ipv4(), tcp()], {
    bindings: own,
  });

  it('is led to by an EtherType and leads on by one', () => {
    const packet = parse(onEthertype, { bindings: own });
    expect(packet.layers.map((l) => l.layer)).toEqual(['ethernet', 'mine', 'ipv4', 'udp']);
    expect(packet.layer('ethernet')?.type).toBe(0x88b7);
    expect(packet.layer('mine')).toMatchObject({ color: 7, hops: 8, type: 0x0800 });
    expect(packet.problems).toEqual([]);
  });

  it('is led to by a UDP port, of which build computes the first', () => {
    const packet = parse(onPort, { bindings: own });
    expect(packet.layer('udp')?.dstPort).toBe(9999);
    expect(packet.layers.map((l) => l.layer).slice(3)).toEqual(['mine', 'ethernet', 'ipv4', 'tcp']);
    const second = onPort.slice();
    second.set([9998 >> 8, 9998 & 255], 36);
    expect(names(second, { bindings: own })[3]).toBe('mine');
  });

  it('has specs, problems and names like ours', () => {
    for (const frame of [onEthertype, onPort]) {
      expect(build(parse(frame, { bindings: own }).toSpec(), { bindings: own })).toEqual(frame);
    }
    const spent = build([ethernet(), mine({ hops: 0 }), 'x'], { bindings: own });
    expect(parse(spent, { bindings: own }).problems).toMatchObject([
      { code: 'MINE_HOPS_ZERO', layer: 'mine', field: 'hops', offset: 15 },
    ]);
    const cut = parse(onEthertype.slice(0, 16), { bindings: own });
    expect(cut.problems).toMatchObject([{ code: 'MINE_CUT', offset: 14 }]);
  });

  it('is typed by its name, and ours stay typed beside it', () => {
    const packet = parse(onEthertype, { bindings: own });
    expectTypeOf(packet.layer('mine')).toEqualTypeOf<MineView | undefined>();
    expectTypeOf(packet.all('mine')).toEqualTypeOf<MineView[]>();
    expectTypeOf(packet.layer('tcp')).toEqualTypeOf<TcpView | undefined>();
    expectTypeOf(parse(onEthertype).layer('vxlan')).toEqualTypeOf<VxlanView | undefined>();
    // @ts-expect-error: no such protocol is bound
    expect(packet.layer('yours')).toBeUndefined();
    // @ts-expect-error: ours alone have no such protocol
    expect(parse(onEthertype).layer('mine')).toBeUndefined();
    // @ts-expect-error: no such field
    expect(() => mine({ colour: 1 })).toThrow('did you mean color?');
    expect(packet.layer('mine')).toBeInstanceOf(MineView);
  });

  it('leaves our bindings as they were', () => {
    expect(names(onEthertype)).toEqual(['ethernet']);
    expect(names(onPort)).toEqual(['ethernet', 'ipv4', 'udp']);
    expect('mine' in bindings.protocols).toBe(false);
    expect(() => build([ethernet(), mine()])).toThrow(
      expect.objectContaining({ code: 'BAD_VALUE', layer: 'ethernet', field: 'type' }),
    );
  });

  it('may take a number that led elsewhere', () => {
    const taken = bindings.with(mineProtocol, { ethertype: [0x0800] });
    const frame = build([ethernet(), mine(), 'x'], { bindings: taken });
    expect(parse(frame, { bindings: taken }).layers[1]?.layer).toBe('mine');
    expect(() => build([ethernet(), ipv4()], { bindings: taken })).toThrow(/ethernet\.type/);
  });

  it('may not name a field as a spec names its own keys', () => {
    for (const key of ['layer', 'trailer', 'computed', 'problems', 'bytes']) {
      const { fields: _, ...rest } = mineProtocol;
      expect(() => defineProtocol({ ...rest, derived: [], fields: [key as 'color'] })).toThrow(
        expect.objectContaining({ code: 'BAD_VALUE' }),
      );
    }
  });

  it('may not be bound to what is no number', () => {
    for (const number of [-1, 65536, 1.5]) {
      expect(() => bindings.with(mineProtocol, { udpPort: [number] })).toThrow(/udpPort/);
    }
  });
});

describe('our protocols under other numbers', () => {
  it('VXLAN on 8472, as Linux once had it', () => {
    const linux = bindings.with(vxlanProtocol, { udpPort: [8472] });
    const frame = fixture('vxlan').slice();
    frame.set([8472 >> 8, 8472 & 255], 36);
    expect(names(frame)).toEqual(['ethernet', 'ipv4', 'udp']);
    expect(parse(frame, { bindings: linux }).layer('vxlan')?.vni).toBe(5000);
    // It keeps the numbers that it had, and build computes the first.
    expect(names(fixture('vxlan'), { bindings: linux })[3]).toBe('vxlan');
    const built = build([ethernet(), ipv4(), udp(), vxlan(), ethernet()], { bindings: linux });
    expect(parse(built).layer('udp')?.dstPort).toBe(4789);
    const spec = parse(frame, { bindings: linux }).toSpec();
    expect(build(spec, { bindings: linux })).toEqual(frame);
  });

  it('Geneve with another registry, in the place of ours', () => {
    const protocol = geneveProtocolWith(guideOptions.with(textOption(0x0300, 9, 'note')));
    const noted = bindings.with(protocol);
    const spec = layerMaker(protocol)({ vni: 1, options: [{ kind: 'note', value: 'hi' }] });
    const frame = build([ethernet(), ipv4(), udp(), spec, ethernet()], { bindings: noted });
    const layer = parse(frame, { bindings: noted }).layer('geneve');
    expect(layer).toBeInstanceOf(GeneveView);
    expect(layer?.options).toEqual([{ kind: 'note', value: 'hi' }]);
    expect(layer?.descriptor).toBe(protocol);
    expect(build(parse(frame, { bindings: noted }).toSpec(), { bindings: noted })).toEqual(frame);
    expect(() => build([ethernet(), ipv4(), udp(), geneve(spec.fields)])).toThrow(/note/);
  });
});

describe('bindings', () => {
  it('hold 255 protocols, each led to by its own number, and refuse one more', () => {
    let many = bindings as unknown as typeof own;
    const add = (i: number) => {
      const { fields: _, ...rest } = mineProtocol;
      const numbered = defineProtocol({
        ...rest,
        name: `mine${i}` as 'mine',
        derived: ['type'],
        fields: ['color', 'hops', 'type'],
      });
      many = many.with(numbered, { ethertype: [0x9200 + i] }) as unknown as typeof own;
    };
    const room = 255 - Object.keys(bindings.protocols).length;
    for (let i = 0; i < room; i++) add(i);
    const table = many.nodeOf('ethernet')?.table;
    for (let i = 0; i < room; i++) {
      expect(many.nodes()[table?.[0x9200 + i] ?? 0]?.protocol.name).toBe(`mine${i}`);
    }
    expect(() => add(room)).toThrow(expect.objectContaining({ code: 'OUT_OF_RANGE' }));
  });
});
