// Test files share a process, so that libraries are loaded once. The project's own modules are loaded anew for each: some
// of them read the environment or open a client as they load, as on Lambda.
import { vi } from 'vitest';

vi.resetModules();
