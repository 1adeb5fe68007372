import { describe, expect, it } from 'vitest';
import { SarifReport } from '../../src/cli/sarif.js';

const rule = {
  code: 'BEAT_ODD',
  severity: 'warning',
  layer: 'beat',
  message: 'it is odd',
} as const;
const finding = { ...rule, frame: 3 };

/** The results of a report that has these findings. */
function results(...findings: Parameters<SarifReport['result']>[0][]): unknown[] {
  const report = new SarifReport([rule]);
  const text = `${report.begin()}${findings.map((one) => report.result(one)).join('')}${report.end(true)}`;
  return (JSON.parse(text) as { runs: [{ results: unknown[] }] }).runs[0].results;
}

describe('a SARIF report', () => {
  it('names standard input and files by URI', () => {
    const files = ['-', 'a b/c#.pcap', '/tmp/x y.pcap'].map((file) => ({ ...finding, file }));
    const uris = ['file:///dev/stdin', 'a%20b/c%23.pcap', 'file:///tmp/x%20y.pcap'];
    expect(results(...files)).toMatchObject(
      uris.map((uri) => ({ locations: [{ physicalLocation: { artifactLocation: { uri } } }] })),
    );
  });

  it('gives the place in the frame as far as it is known', () => {
    const [whole, place, point] = results(
      { ...finding, file: '-' },
      { ...finding, file: '-', field: 'count', offset: 9, bits: 12 },
      { ...finding, file: '-', offset: 9, bits: 0 },
    ) as { locations: [{ physicalLocation: { address: object }; logicalLocations: object[] }] }[];
    const frame = { name: 'frame 3', kind: 'data' };
    expect(whole?.locations[0].physicalLocation.address).toEqual(frame);
    expect(place?.locations[0].physicalLocation.address).toEqual({
      ...frame,
      relativeAddress: 9,
      length: 2,
    });
    expect(place?.locations[0].logicalLocations).toEqual([
      { name: 'count', fullyQualifiedName: 'frame 3/beat/count', kind: 'member' },
    ]);
    expect(point?.locations[0].physicalLocation.address).toEqual({ ...frame, relativeAddress: 9 });
  });

  it('links to an RFC where there is one, to its section where that is known', () => {
    const rules = ['RFC 826', 'RFC 791 §3.1', 'IEEE 802.3 §3.2.3'].map((rfc) => ({ ...rule, rfc }));
    const report = new SarifReport([...rules, rule]);
    const { runs } = JSON.parse(report.begin() + report.end(true)) as {
      runs: [{ tool: { driver: { rules: { helpUri?: string }[] } } }];
    };
    expect(runs[0].tool.driver.rules.map(({ helpUri }) => helpUri?.split('/').at(-1))).toEqual([
      'rfc826',
      'rfc791#section-3.1',
      undefined,
      undefined,
    ]);
  });
});
