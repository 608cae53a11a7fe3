import { expect, it, onTestFinished, vi } from 'vitest';
import { Endings } from '../../../../local/support/endings.ts';

it('ends what was started last first, whatever one of them meets', async () => {
  const reported = vi.spyOn(console, 'error').mockImplementation(() => {});
  onTestFinished(() => reported.mockRestore());
  const ended: string[] = [];
  const endings = new Endings();
  endings.add(async () => {
    ended.push('first');
  });
  endings.add(() => Promise.reject(new Error('stuck')));
  endings.add(async () => {
    ended.push('last');
  });

  await endings.run();

  expect(ended).toEqual(['last', 'first']);
  expect(reported).toHaveBeenCalledExactlyOnceWith(new Error('stuck'));
});

it('has one end, for which whoever asks again waits, too', async () => {
  const step = vi.fn(() => Promise.resolve());
  const endings = new Endings();
  endings.add(step);

  const end = endings.run();

  expect(endings.run()).toBe(end);
  await end;
  expect(step).toHaveBeenCalledOnce();
});
