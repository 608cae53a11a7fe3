// The short form of what the exhaustive tests do with hundreds.
import { afterAll, beforeAll, it } from 'vitest';
import { startPlatforms } from '../../../helpers/platform.ts';
import { expectRightOrRefused } from '../../../helpers/right-or-refused.ts';

let platforms: Awaited<ReturnType<typeof startPlatforms>>;
beforeAll(async () => {
  platforms = await startPlatforms();
});
afterAll(() => platforms.close());

it('any platform is right or refused', () => expectRightOrRefused(platforms, 6));
