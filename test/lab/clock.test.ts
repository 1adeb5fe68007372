import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Clock, Timer } from '../../src/lab/clock.js';

describe('the clock', () => {
  it('fires in the order of the times, and those of one time in the order in which they were set', () => {
    const clock = new Clock();
    const fired: string[] = [];
    clock.call(20, () => fired.push(`c at ${clock.now}`));
    clock.call(10, () => fired.push(`a at ${clock.now}`));
    clock.call(10, () => fired.push(`b at ${clock.now}`));
    expect(clock.run()).toBe(20);
    expect(fired).toEqual(['a at 10', 'b at 10', 'c at 20']);
  });

  it('keeps that order for any times, cancelled and moved ones too', () => {
    const action = fc.record({
      due: fc.integer({ min: 0, max: 50 }),
      change: fc.constantFrom('keep', 'cancel', 'move'),
      to: fc.integer({ min: 0, max: 50 }),
    });
    fc.assert(
      fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
        const clock = new Clock();
        const fired: number[] = [];
        const expected: { due: number; order: number; id: number }[] = [];
        const timers = actions.map((_, id) => new Timer(() => fired.push(id)));
        let order = 0;
        actions.forEach(({ due }, id) => {
          clock.at(timers[id] as Timer, due);
          expected.push({ due, order: order++, id });
        });
        actions.forEach(({ change, to }, id) => {
          const entry = expected.find((one) => one.id === id) as (typeof expected)[number];
          if (change === 'cancel') {
            clock.cancel(timers[id] as Timer);
            expected.splice(expected.indexOf(entry), 1);
          } else if (change === 'move') {
            clock.at(timers[id] as Timer, to);
            entry.due = to;
            entry.order = order++;
          }
        });
        clock.run();
        expected.sort((one, other) => one.due - other.due || one.order - other.order);
        expect(fired).toEqual(expected.map(({ id }) => id));
        expect(clock.pending).toBe(0);
      }),
    );
  });

  it('does not wait for housekeeping, but does it when its time passes', () => {
    const clock = new Clock();
    let aged = false;
    const timer = clock.call(
      1000,
      () => {
        aged = true;
      },
      true,
    );
    clock.call(10, () => {});
    expect(clock.run()).toBe(10);
    expect([aged, timer.pending]).toEqual([false, true]);
    clock.runUntil(1000);
    expect([aged, timer.pending, clock.now]).toEqual([true, false, 1000]);
  });

  it('does what is due in the past at once, and never goes back', () => {
    const clock = new Clock();
    clock.runUntil(100);
    const timer = new Timer(() => {});
    clock.at(timer, 50);
    expect(clock.run()).toBe(100);
    expect(() => clock.runUntil(99)).toThrow('the clock is at 100 ns and can');
    expect(() => clock.runUntil(Number.NaN)).toThrow();
  });
});
