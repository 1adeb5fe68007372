/** What can be set of a connection, by the names that Linux gives it, and its defaults. */
import { PacketError } from '../../bytes/error.js';
import { checkNumber, checkNumbers, DURATION, duration, numbers, type RangesOf } from '../range.js';
import { RTO_RULES } from './retransmission-timer.js';

/** A smallest, default and largest size in bytes: the form of tcp_rmem and tcp_wmem. */
export type TcpMemory = readonly [minimum: number, standard: number, maximum: number];

/** Every setting of a connection. Absent in options: as Linux has it. */
export interface TcpSettings {
  /** The largest segment that is announced, bytes; the path's MTU less 40 if that is smaller. */
  readonly mss: number;
  /** net.ipv4.tcp_window_scaling (RFC 7323 §2): without it a window has at most 65,535 bytes. */
  readonly windowScaling: boolean;
  /** net.ipv4.tcp_timestamps (RFC 7323 §3). */
  readonly timestamps: boolean;
  /** net.ipv4.tcp_sack (RFC 2018). */
  readonly sack: boolean;
  /** net.ipv4.tcp_dsack (RFC 2883): tells of what came twice. */
  readonly duplicateSack: boolean;
  /** Nagle's algorithm; false: TCP_NODELAY (RFC 9293 §3.7.4). */
  readonly nagle: boolean;
  /** Acknowledges every second segment, or after 40 ms (RFC 9293 §3.8.6.3); false: TCP_QUICKACK. */
  readonly delayedAck: boolean;
  /** Segments of the initial congestion window (RFC 6928). */
  readonly initialWindow: number;
  /** Whose bounds the retransmission timeout has: 200 ms at least, or 1 s (RFC 6298 §2.4). */
  readonly rto: keyof typeof RTO_RULES;
  /**
   * SO_RCVBUF: the window has this many bytes, and does not grow. Undefined: half of tcp_rmem's
   * default (net.ipv4.tcp_adv_win_scale = 1), and as the reader reads it grows to half its maximum.
   */
  readonly receiveBuffer: number | undefined;
  /** net.ipv4.tcp_rmem. */
  readonly rmem: TcpMemory;
  /** SO_SNDBUF: `write` answers false when more waits. Undefined: by tcp_wmem. */
  readonly sendBuffer: number | undefined;
  /** net.ipv4.tcp_wmem: from the default to the maximum, twice the congestion window. */
  readonly wmem: TcpMemory;
  /** net.ipv4.tcp_syn_retries and tcp_synack_retries: a SYN is repeated so often. */
  readonly synRetries: number;
  /** net.ipv4.tcp_retries2: a segment is repeated so often before the connection is given up. */
  readonly retries: number;
  /** SO_KEEPALIVE: asks a peer that says nothing whether it is there (RFC 9293 §3.8.4). */
  readonly keepAlive: boolean;
  /** net.ipv4.tcp_keepalive_time: the first question comes after so much silence, ns: 7200 s. */
  readonly keepAliveTime: number;
  /**
   * net.ipv4.tcp_keepalive_intvl: ns from a question without answer to the next: 75 s. Both Linux and
   * this TCP answer one in 500 ms (net.ipv4.tcp_invalid_ratelimit).
   */
  readonly keepAliveInterval: number;
  /** net.ipv4.tcp_keepalive_probes: so many are asked before the connection is given up. */
  readonly keepAliveProbes: number;
  /** How long TIME-WAIT lasts, ns: 60 s (RFC 9293 §3.4.2 has 2 MSL = 240 s). */
  readonly timeWait: number;
  /** The initial sequence number; undefined: a random one. */
  readonly initialSequence: number | undefined;
}

/** What may be given of the settings. */
export type TcpOptions = { readonly [K in keyof TcpSettings]?: TcpSettings[K] | undefined };

const DEFAULTS: TcpSettings = {
  mss: 65_495,
  windowScaling: true,
  timestamps: true,
  sack: true,
  duplicateSack: true,
  nagle: true,
  delayedAck: true,
  initialWindow: 10,
  rto: 'linux',
  receiveBuffer: undefined,
  rmem: [4096, 131_072, 6_291_456],
  sendBuffer: undefined,
  wmem: [4096, 16_384, 4_194_304],
  synRetries: 6,
  retries: 15,
  keepAlive: false,
  keepAliveTime: 7200e9,
  keepAliveInterval: 75e9,
  keepAliveProbes: 9,
  timeWait: 60e9,
  initialSequence: undefined,
};

/** The largest window that can be announced: 65,535 shifted by 14 (RFC 7323 §2.3). */
export const MAX_SCALE = 14;
const MAX_WINDOW = 0xffff * (1 << MAX_SCALE);
/** Every host takes this much (RFC 9293 §3.7.1). */
export const DEFAULT_MSS = 536;
/** Linux's TCP_MIN_SND_MSS: 40 bytes of options and 8 of data. */
export const MIN_MSS = 48;
/** No link makes a host announce less: `net.ipv4.route.min_adv_mss`. */
export const MIN_ADVMSS = 256;

const RANGES: RangesOf<TcpOptions> = {
  mss: numbers(MIN_MSS, 65_495, 'bytes'),
  initialWindow: numbers(1, 1000, 'segments'),
  receiveBuffer: numbers(1, MAX_WINDOW, 'bytes'),
  sendBuffer: numbers(1, undefined, 'bytes'),
  synRetries: numbers(0, 127, 'repetitions'),
  retries: numbers(0, 255, 'repetitions'),
  keepAliveTime: duration(1),
  keepAliveInterval: duration(1),
  keepAliveProbes: numbers(1, 127, 'questions'),
  timeWait: DURATION,
  initialSequence: numbers(0, 0xffff_ffff),
};

/**
 * The settings: `options`, and `base` (absent: Linux's defaults) for what they leave out. `whose`: for
 * messages. Throws `OUT_OF_RANGE`, or `BAD_OPTION` for what is no setting, and no word for one.
 */
export function tcpSettings(
  options: TcpOptions = {},
  base: TcpSettings = DEFAULTS,
  whose = 'TCP',
): TcpSettings {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  for (const [name] of given) {
    if (!(name in DEFAULTS)) {
      throw new PacketError('BAD_OPTION', `${whose} has no option ${name}`, { layer: 'tcp' });
    }
  }
  const settings: TcpSettings = { ...base, ...Object.fromEntries(given) };
  checkNumbers(whose, options, RANGES);
  if (!Object.hasOwn(RTO_RULES, settings.rto)) {
    throw new PacketError(
      'BAD_OPTION',
      `${whose}: rto is ${settings.rto}: expected linux or rfc6298`,
    );
  }
  for (const name of ['rmem', 'wmem'] as const) checkMemory(whose, name, settings[name]);
  return settings;
}

function checkMemory(whose: string, name: string, sizes: TcpMemory): void {
  let least = 1;
  for (const [i, size] of sizes.entries()) {
    least = checkNumber(whose, `${name}[${i}]`, size, numbers(least, 2 * MAX_WINDOW, 'bytes'));
  }
}

/** Bytes of the receive buffer when nothing waits in it, and to how many it may grow. */
export function receiveBufferOf(settings: TcpSettings): { size: number; largest: number } {
  const { receiveBuffer, rmem } = settings;
  if (receiveBuffer !== undefined) return { size: receiveBuffer, largest: receiveBuffer };
  return { size: Math.max(1, rmem[1] >>> 1), largest: Math.max(1, rmem[2] >>> 1) };
}

/** The bits by which a window of so many bytes is shifted to fit its field (RFC 7323 §2.2). */
export function windowScaleFor(settings: TcpSettings): number {
  const { receiveBuffer, rmem } = settings;
  // Linux takes all of the memory, though only half of it can be offered (tcp_select_initial_window).
  const most = receiveBuffer ?? rmem[2];
  let scale = 0;
  while (scale < MAX_SCALE && most > 0xffff * (1 << scale)) scale++;
  return scale;
}
