/** Sockets as `ss` prints them into a pipe: each column as wide as what is in it. */

/** A socket: a row, and what `-i` prints below it. */
export interface SocketRow {
  readonly state: string;
  readonly receive: number;
  readonly send: number;
  /** Address and port. */
  readonly local: readonly [string, string];
  readonly peer: readonly [string, string];
  readonly details?: string;
}

const HEADINGS = ['State', 'Recv-Q', 'Send-Q', 'Local Address', 'Port', 'Peer Address', 'Port'];

/** The heading and the rows. Blanks at the ends of lines are left out, and so are blank lines. */
export function printSockets(sockets: readonly SocketRow[]): string[] {
  const cells = sockets.map(({ state, receive, send, local, peer }) => [
    state,
    String(receive),
    String(send),
    ...local,
    ...peer,
  ]);
  const widths = HEADINGS.map((heading, i) =>
    Math.max(heading.length, ...cells.map((row) => row[i]?.length ?? 0)),
  );
  const line = (row: readonly string[]): string => {
    const [state = '', receive = '', send = '', local = '', localPort = '', peer = '', port = ''] =
      // Addresses are to the right, against the colon of the port.
      row.map((text, i) => {
        const width = widths[i] ?? 0;
        return i === 3 || i === 5 ? text.padStart(width) : text.padEnd(width);
      });
    return `${state} ${receive} ${send} ${local}:${localPort} ${peer}:${port}`;
  };
  return [
    `${line(HEADINGS)}Process`,
    ...sockets.flatMap(({ details }, i) => [
      line(cells[i] ?? []).trimEnd(),
      ...(details === undefined ? [] : [`\t ${details}`]),
    ]),
  ];
}
