// buffer-layout 1.2.2 ships no types. Only what src/bytes/layout.ts uses is declared here.
declare module 'buffer-layout' {
  export class Layout {
    readonly span: number;
    readonly property: string | undefined;
    decode(buffer: Uint8Array, offset?: number): unknown;
    encode(value: unknown, buffer: Uint8Array, offset?: number): number;
  }
  export class BitStructure extends Layout {
    readonly fields: readonly { readonly property: string; readonly bits: number }[];
    addField(bits: number, property: string): unknown;
  }
  export class Structure extends Layout {
    readonly fields: readonly Layout[];
    override decode(buffer: Uint8Array, offset?: number): Record<string, unknown>;
  }
  export function u8(property?: string): Layout;
  export function u16(property?: string): Layout;
  export function u16be(property?: string): Layout;
  export function u24be(property?: string): Layout;
  export function u32(property?: string): Layout;
  export function u32be(property?: string): Layout;
  export function blob(length: number, property?: string): Layout;
  export function bits(word: Layout, msb?: boolean, property?: string): BitStructure;
  export function struct(fields: readonly Layout[], property?: string): Structure;
}
