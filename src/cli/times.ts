/** Times of frames as text: since the epoch, since the first frame, by the clock. */
import type { CaptureTime } from '../capture/frame.js';

/** tshark's `-t`: relative, absolute, absolute with date, delta, epoch. */
export const TIME_FORMATS = ['r', 'a', 'ad', 'd', 'e'] as const;
export type TimeFormat = (typeof TIME_FORMATS)[number];

/** Seconds with `digits` decimals from a time, or from the difference of two. */
export function secondsText(time: CaptureTime, since: CaptureTime | undefined, digits = 9): string {
  let seconds = time.seconds - (since?.seconds ?? 0);
  let nanoseconds = time.nanoseconds - (since?.nanoseconds ?? 0);
  const sign = seconds < 0 || (seconds === 0 && nanoseconds < 0) ? '-' : '';
  if (sign !== '') {
    seconds = -seconds;
    nanoseconds = -nanoseconds;
  }
  if (nanoseconds < 0) {
    seconds -= 1;
    nanoseconds += 1_000_000_000;
  }
  return `${sign}${seconds}.${String(nanoseconds).padStart(9, '0').slice(0, digits)}`;
}

/** The time of day where the program runs (`TZ`), with the date where asked for. */
export function clockText(
  { seconds, nanoseconds, timeDigits }: CaptureTime,
  date: boolean,
): string {
  const at = new Date(seconds * 1000);
  const two = (n: number): string => String(n).padStart(2, '0');
  const fraction = String(nanoseconds).padStart(9, '0').slice(0, timeDigits);
  const clock = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${fraction}`;
  if (!date) return clock;
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${clock}`;
}
