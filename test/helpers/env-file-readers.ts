// What a program finds in an env file: read by docker's rules, by systemd's, and by systemd itself where it is here.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * `docker run --env-file`: a line is a comment where it begins with `#` after white space, or a name up to the first
 * `=` and the rest of the line as it stands, quotes and all. Source: docker/cli, pkg/kvfile.
 */
export const readAsDocker = (file: string): Record<string, string> => {
  const variables: Record<string, string> = {};
  for (const line of file.split('\n')) {
    const text = line.replace(/\r$/, '').trimStart();
    if (text === '' || text.startsWith('#')) {
      continue;
    }
    const mark = text.indexOf('=');
    if (mark < 1 || /\s/.test(text.slice(0, mark))) {
      throw new Error(`docker refuses the line ${text}`);
    }
    variables[text.slice(0, mark)] = text.slice(mark + 1);
  }
  return variables;
};

/**
 * systemd's `EnvironmentFile=`: comments begin with `#` or `;`; outside quotes a backslash escapes the next character
 * or joins lines, and white space around the value is dropped; quotes group and vanish, and within double ones a
 * backslash escapes only `"`, `\`, a backtick and `$`. Source: systemd.exec(5) and src/basic/env-file.c.
 */
export const readAsSystemd = (file: string): Record<string, string> => {
  const variables: Record<string, string> = {};
  for (const line of file.replaceAll('\\\n', '').split('\n')) {
    const text = line.trimStart();
    const mark = text.indexOf('=');
    if (text === '' || /^[#;]/.test(text) || mark < 1) {
      continue;
    }
    const name = text.slice(0, mark).trimEnd();
    if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
      variables[name] = systemdValue(text.slice(mark + 1).trim());
    }
  }
  return variables;
};

const systemdValue = (text: string): string => {
  let quote = '';
  let value = '';
  for (let i = 0; i < text.length; i += 1) {
    const character = text.charAt(i);
    const next = text.charAt(i + 1);
    if (quote === '' && (character === '"' || character === "'")) {
      quote = character;
    } else if (character === quote) {
      quote = '';
    } else if (character === '\\' && (quote === '' || (quote === '"' && '"\\`$'.includes(next)))) {
      value += next;
      i += 1;
    } else {
      value += character;
    }
  }
  return value;
};

/** Whether systemd itself is here to read a file. */
export const hasSystemd = spawnSync('systemd-analyze', ['condition', 'ConditionPathExists=/']).status === 0;

/**
 * Whether systemd's own reader of such files finds `value` under `name`. It is lent the file as the machine's
 * os-release, which it reads by the same code and can compare.
 */
export const systemdFinds = (file: string, name: string, value: string): boolean => {
  const directory = mkdtempSync(join(tmpdir(), 'env-file-'));
  try {
    writeFileSync(join(directory, 'file'), file);
    const { status } = spawnSync('systemd-analyze', ['condition', `ConditionOSRelease=${name}=${value}`], {
      env: { ...process.env, SYSTEMD_OS_RELEASE: join(directory, 'file') },
    });
    return status === 0;
  } finally {
    rmSync(directory, { recursive: true });
  }
};
