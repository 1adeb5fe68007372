/** `decode -T jsonl`: all that is known of a frame, as an object from which `build` makes it again. */
import { timeText } from '../capture/frame.js';
import type { CaptureInterface } from '../capture/pcapng-model.js';
import type { FrameContext } from '../packet/frame-names.js';
import { packetToJson } from '../packet/json.js';
import { detailsToJson, interfaceReference, interfaceToJson } from './capture-json.js';
import type { Input, InputFrame } from './input.js';
import { printableValues } from './spec-values.js';
import type { TextBuffer } from './text-buffer.js';

/** Writes the lines of one input. */
export function jsonLines(): (
  frame: FrameContext,
  source: InputFrame,
  out: TextBuffer,
  input: Input,
) => void {
  /** Interfaces that a line has described. */
  let described = 0;
  return ({ number, packet }, { time, linkType, captured }, out, { reader }) => {
    const fresh: object[] = [];
    const from = captured?.interface;
    if (from !== undefined && reader !== undefined) {
      const { interfaces } = reader;
      // The reader may be ahead, in the next section.
      while (described < interfaces.length) {
        const one = interfaces[described] as CaptureInterface;
        if (one.section.number > from.section.number) break;
        described += 1;
        if (one.section === from.section) fresh.push(interfaceToJson(one));
      }
    }
    const line = {
      number,
      time: time === undefined ? null : timeText(time),
      // A nonsense fraction has more digits than its resolution, which is then not to be seen.
      ...(time !== undefined && time.nanoseconds > 999_999_999
        ? { timeDigits: time.timeDigits }
        : {}),
      length: packet.wireLength,
      captured: packet.view.byteLength,
      linkType,
      ...(from === undefined ? {} : { interface: interfaceReference(from) }),
      ...(fresh.length === 0 ? {} : { interfaces: fresh }),
      ...(captured?.details === undefined ? {} : detailsToJson(captured.details)),
      ...packetToJson(packet),
    };
    out.text(`${JSON.stringify(printableValues(line))}\n`);
  };
}
