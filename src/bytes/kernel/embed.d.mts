export function compileKernel(): Promise<Buffer>;
export function binaryFile(binary: Buffer): string;
