/** What a segment is called beyond what its header says: that it is sent again, or why it is sent. */
import { bytesText } from '../words.js';
import type { SegmentOut } from './segment-out.js';

/** `Retransmission (seq=101, 1448 bytes)`; empty: its usual words say all. */
export function segmentLabel(segment: SegmentOut): string {
  const { kind, seq, ack, length, window } = segment;
  const data = length > 0 ? `seq=${seq}, ${bytesText(length)}` : `seq=${seq}`;
  switch (kind) {
    case 'retransmission':
      return `Retransmission (${data})`;
    case 'fast retransmission':
      return `Fast Retransmission (${data})`;
    case 'window probe':
      return `Zero Window Probe (${data})`;
    case 'keep-alive':
      return `Keep-Alive (${data})`;
    case 'keep-alive acknowledgment':
      return window === 0 ? `Zero Window (ack=${ack}, win=0)` : `Keep-Alive ACK (ack=${ack})`;
    case 'window update':
      return `Window Update (ack=${ack}, win=${window})`;
    case 'duplicate acknowledgment':
      return window === 0 ? `Zero Window (ack=${ack}, win=0)` : `Duplicate ACK (ack=${ack})`;
    case 'challenge':
      return `Challenge ACK (ack=${ack})`;
    case 'acknowledgment':
      return window === 0 ? `Zero Window (ack=${ack}, win=0)` : '';
    default:
      return '';
  }
}
