import { afterEach, beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { onEndSignal } from '../../../../local/support/end-signals.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
  vi.spyOn(process, 'exit').mockImplementation((code) => {
    throw new Error(`exit ${code}`);
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

it("takes what comes right after the first for the same press of Ctrl-C, and ends the process at a person's second one", () => {
  const end = vi.fn();
  onTestFinished(onEndSignal(['SIGUSR1', 'SIGUSR2'], end));
  const press = () => process.emit('SIGUSR2');

  press();
  vi.advanceTimersByTime(900);
  press();
  process.emit('SIGUSR1');
  expect(end).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(200);
  expect(press).toThrow('exit 130');
});

it('listens no more once it is asked to stop', () => {
  const end = vi.fn();
  onEndSignal(['SIGUSR2'], end)();
  process.emit('SIGUSR2');
  expect(end).not.toHaveBeenCalled();
});
