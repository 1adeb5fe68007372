import { afterEach, describe, expect, it, vi } from 'vitest';
import { runHere } from './here.js';

afterEach(() => vi.restoreAllMocks());

describe('a call that makes no sense', () => {
  it.each([
    [['decode'], /give one capture/],
    [['decode', 'a', 'b'], /Unknown argument: b/],
    [['decode', 'a', '-r', 'b'], /give one capture/],
    [['decode', 'a', '--nosuch'], /Unknown argument: nosuch/],
    [['decode', 'a', '-e'], /Not enough arguments following: e/],
    [['decode', 'a', '-c', '0'], /-c 0: expected 1 frame or more/],
    [['decode', 'a', '-c', 'x'], /-c x: expected a whole number/],
    [['decode', 'a', '-T', 'pdml'], /-T pdml: there are text, fields and jsonl/],
    [['check'], /give a capture to check/],
    [['check', 'a', '-T', 'xml'], /-T xml: there are text, jsonl and sarif/],
    [['check', 'a', '--severity', 'bad'], /--severity bad: there are error, warning and info/],
    [['check', 'a', '-c', '0'], /-c 0: expected 1 frame or more/],
    [['check', 'a', '--max-record', 'x'], /--max-record x: expected a whole number/],
    [['check', 'a', '-d', 'x'], /-d x: expected/],
    [['check', '--list', '-T', 'sarif'], /--list: -T text or jsonl/],
    [['decode', 'a', '-T', 'fields'], /needs the fields to print/],
    [['decode', 'a', '-e', 'ip.src'], /are for -T fields/],
    [['decode', 'a', '-T', 'fields', '-e', 'ip.scr'], /did you mean ip\.src/],
    [['decode', 'a', '-T', 'fields', '-e', 'ip.src', '-E', 'x=1'], /-E x=1: expected/],
    [['decode', 'a', '-t', 'q'], /-t q: there are r, a, ad, d, e/],
    [['decode', 'a', '-d', 'x'], /-d x: expected/],
    [[], /give a command/],
    [['nosuch'], /Unknown argument: nosuch/],
    [['layout', 'nosuch'], /no protocol is named nosuch/],
    [['build', 'ethernet'], /Missing required argument: o/],
    [['build', 'ethernet', '-o', 'x.pcap', '--to', 'pcapng'], /--to pcapng: the name x\.pcap says/],
    [['build', 'ethernet', '-o', 'x', '--to', 'erf'], /--to erf: there are pcap and pcapng/],
    [['build', 'ethernet', '-o', 'x', '--precision', 'ms'], /--precision ms: there are us and ns/],
    [['convert', 'a.pcap', 'b.pcap', '-c', '0'], /-c 0: expected 1 frame or more/],
  ] as const)('%j ends with 2 and a line that says why', async (args, words) => {
    const { code, err, out } = await runHere(args);
    expect(err).toMatch(words);
    expect(err).toMatch(/^framewright: [^\n]*\n$/);
    expect(code).toBe(2);
    expect(out).toBe('');
  });
});
