// @types/pako declares pako's classes only. Its port of zlib itself stops where the output is full,
// tells how much input is left, and keeps what came before damage; only what gunzip.ts uses is here.
declare module 'pako/lib/zlib/inflate.js' {
  export interface ZStream {
    input: Uint8Array;
    next_in: number;
    avail_in: number;
    total_in: number;
    output: Uint8Array;
    next_out: number;
    avail_out: number;
    total_out: number;
    msg: string;
    state: object | null;
    data_type: number;
    adler: number;
  }
  export function inflateInit2(stream: ZStream, windowBits: number): number;
  export function inflateReset(stream: ZStream): number;
  export function inflate(stream: ZStream, flush: number): number;
}
