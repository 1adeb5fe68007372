/** Compresses a capture on its way to where it is written. */
import { type CaptureSink, sinkFor } from './sink.js';

/** What compresses: bytes go in at one end and come out, fewer, at the other. */
export interface Compressor {
  readonly writable: WritableStream<Uint8Array>;
  readonly readable: ReadableStream<Uint8Array>;
}

/**
 * A stream whose bytes reach a sink compressed, for a writer to write to. Closing it closes the
 * sink, and resolves when the sink has dealt with everything; an error of the sink is the stream's.
 *
 * ```ts
 * const writer = new PcapngWriter(compressTo(file));
 * ```
 *
 * @param compressor what compresses, default gzip by the platform's `CompressionStream`
 * @throws PacketError `BAD_OPTION` for a bad sink
 */
export function compressTo(
  sink: CaptureSink,
  // By its type it takes no bytes in shared memory; the blocks of a writer never are.
  compressor: Compressor = new CompressionStream('gzip') as Compressor,
): WritableStream<Uint8Array> {
  const target = sinkFor(sink);
  const input = compressor.writable.getWriter();
  const output = compressor.readable.getReader();
  const pumped = (async () => {
    try {
      for (;;) {
        const { done, value } = await output.read();
        if (done) break;
        await target.send(value);
      }
    } catch (error) {
      // Without this, a writer to the compressor would wait for ever for room.
      await output.cancel(error).catch(() => undefined);
      await input.abort(error).catch(() => undefined);
      throw error;
    }
    await target.close();
  })();
  // Whoever writes or closes is told.
  pumped.catch(() => undefined);
  const failed = pumped.then(
    () => new Promise<never>(() => undefined),
    (error: unknown) => Promise.reject(error),
  );
  failed.catch(() => undefined);
  return new WritableStream<Uint8Array>({
    write: (chunk) => Promise.race([input.write(chunk), failed]),
    async close() {
      await Promise.race([input.close(), failed]);
      await pumped;
    },
    async abort(reason) {
      await input.abort(reason);
    },
  });
}
