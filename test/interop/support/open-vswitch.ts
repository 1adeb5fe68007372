/**
 * Open vSwitch in a namespace, all of it: its database, sockets and logs are in the namespace's
 * folder, and its datapath is in user space, so that it needs nothing of the kernel but `tap`
 * devices, and shares nothing with an Open vSwitch of the machine's own.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Namespace, Needs } from './namespace.js';

export const OVS_NEEDS: Needs = {
  devices: ['tap'],
  tools: [
    ...['ovsdb-tool', 'ovsdb-server', 'ovs-vswitchd', 'ovs-vsctl', 'ovs-ofctl', 'ovs-appctl'],
    ...['tcpreplay', 'tcpdump', 'ethtool'],
  ],
};

/** Of the Debian package `openvswitch-common`. */
const SCHEMA = '/usr/share/openvswitch/vswitch.ovsschema';
const SECONDS = '--timeout=60';

/** A running Open vSwitch. It ends with its namespace. */
export class OpenVswitch {
  private readonly namespace: Namespace;
  private readonly env: Readonly<Record<string, string>>;
  private readonly database: string;
  private readonly control: string;

  private constructor(namespace: Namespace) {
    const folder = join(namespace.folder, 'ovs');
    mkdirSync(folder);
    this.namespace = namespace;
    this.env = {
      OVS_RUNDIR: folder,
      OVS_LOGDIR: folder,
      OVS_DBDIR: folder,
      OVS_SYSCONFDIR: folder,
    };
    this.database = `unix:${join(folder, 'db.sock')}`;
    this.control = join(folder, 'vswitchd.ctl');
  }

  /** Starts it, with no bridge. */
  static async start(namespace: Namespace): Promise<OpenVswitch> {
    const ovs = new OpenVswitch(namespace);
    const { env, database, control } = ovs;
    const folder = env['OVS_RUNDIR'] as string;
    const file = join(folder, 'conf.db');
    await namespace.run(['ovsdb-tool', 'create', file, SCHEMA], { env });
    const servers = [
      ['ovsdb-server', file, `--remote=p${database}`, `--unixctl=${join(folder, 'db.ctl')}`],
      ['ovs-vswitchd', database, `--unixctl=${control}`],
    ];
    for (const server of servers) {
      const child = namespace.start([...server, '-vconsole:off', '--log-file'], { env });
      child.stdout.resume();
      child.stderr.resume();
    }
    // It tries again until the database answers.
    await ovs.configure('--no-wait', 'init');
    return ovs;
  }

  /** `ovs-vsctl`; it returns when what is asked for is there. */
  configure(...words: readonly string[]): Promise<string> {
    const { namespace, env, database } = this;
    const how = [`--db=${database}`, '--retry', SECONDS];
    return namespace.run(['ovs-vsctl', ...how, ...words], { env });
  }

  /** `ovs-appctl` to the switch. */
  tell(...words: readonly string[]): Promise<string> {
    const { namespace, env, control } = this;
    return namespace.run(['ovs-appctl', SECONDS, '-t', control, ...words], { env });
  }

  /** `ovs-ofctl`: a command, a bridge, and what the command takes. */
  flows(...words: readonly string[]): Promise<string> {
    const { namespace, env } = this;
    return namespace.run(['ovs-ofctl', SECONDS, ...words], { env });
  }

  /**
   * Puts these flows, a line each, in the place of all that a bridge has. They count from 0, and
   * nothing is left of what the datapath remembers of those that were there.
   */
  async setFlows(bridge: string, flows: string): Promise<void> {
    const { namespace, env } = this;
    await this.flows('del-flows', bridge);
    const command = ['ovs-ofctl', SECONDS, 'add-flows', bridge, '-'];
    await namespace.run(command, { env, input: flows });
    await this.forget();
  }

  /** Lets the datapath ask the flows anew. */
  async forget(): Promise<void> {
    await this.tell('revalidator/purge');
  }

  /** How many packets each flow of a bridge has seen, by the flow's cookie. */
  async packetsByCookie(bridge: string): Promise<Map<number, number>> {
    // Counters are brought up to date now and then: now.
    await this.tell('revalidator/wait');
    const text = await this.flows('dump-flows', bridge);
    const found = text.matchAll(/cookie=0x([0-9a-f]+),.*? n_packets=(\d+)/g);
    return new Map(
      [...found].map(([, cookie, count]) => [parseInt(`${cookie}`, 16), Number(count)]),
    );
  }
}
