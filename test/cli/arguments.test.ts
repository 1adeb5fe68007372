import { describe, expect, it } from 'vitest';
import { dash, lastOf, prepareArguments, readableMessage } from '../../src/cli/arguments.js';

const prepared = (...args: string[]) => prepareArguments(args).map(dash);

describe('arguments', () => {
  it('may have a value joined to its letter, as with tshark', () => {
    expect(
      prepared('decode', '-Tfields', '-eip.src', '-c5', '-Eheader=y', '-rfile', '-tad'),
    ).toEqual([
      'decode',
      '-T',
      'fields',
      '-e',
      'ip.src',
      '-c',
      '5',
      '-E',
      'header=y',
      '-r',
      'file',
      '-t',
      'ad',
    ]);
    expect(prepared('build', '-ox.pcap', '-o-')).toEqual(['build', '-o', 'x.pcap', '-o', '-']);
  });

  it('may have flags joined to each other', () => {
    expect(prepared('-Vx', '-V', '-VxP', '-help')).toEqual([
      '-V',
      '-x',
      '-V',
      '-V',
      '-x',
      '-P',
      '-help',
    ]);
  });

  it('keep a lone dash from yargs, which would take it for an option', () => {
    expect(prepareArguments(['decode', '-'])[1]).not.toMatch(/^-/);
    expect(prepared('decode', '-')).toEqual(['decode', '-']);
  });

  it('are names behind --, whatever they begin with', () => {
    expect(prepared('decode', '--', '-x.pcap', 'y')).toEqual(['decode', './-x.pcap', 'y']);
  });

  it('are left alone where the shell asks for completions', () => {
    const words = ['--get-yargs-completions', 'framewright', 'decode', '--'];
    expect(prepareArguments(words)).toEqual(words);
  });
});

describe('an option that is there more than once', () => {
  it('has its last value', () => {
    expect(lastOf(['1', '2'])).toBe('2');
    expect(lastOf('1')).toBe('1');
    expect(lastOf(prepareArguments(['-']))).toBe('-');
  });
});

describe('a message of yargs', () => {
  it('shows the dash that was written', () => {
    expect(readableMessage(`Unknown argument: ${prepareArguments(['-'])[0]}`)).toBe(
      'Unknown argument: -',
    );
  });
});
