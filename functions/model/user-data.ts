// What a new machine is given: the environment, the file that carries it, and the cloud-config that writes the file.

const ENV_FILE_PATH = '/etc/workspace/model.env';

/** `env` holds MODEL and nothing else, or nothing where there is no pick. */
export interface UserData {
  env: { MODEL?: string };
  /** Read alike by `docker run --env-file` and systemd's `EnvironmentFile`. */
  envFile: string;
  /** A cloud-config for cloud-init. */
  userData: string;
  userDataBase64: string;
}

/**
 * Builds a machine's user-data from a valid model id, or from an empty string where nothing is picked.
 * A model id has no character that an env file, YAML or a shell would treat specially inside these forms, so it
 * stands there as it is. The file is written even when it is empty: a unit that names it can then always start.
 */
export const buildUserData = (modelId: string): UserData => {
  const envFile = modelId === '' ? '' : `MODEL=${modelId}\n`;
  const userData = [
    '#cloud-config',
    'write_files:',
    `  - path: ${ENV_FILE_PATH}`,
    '    owner: root:root',
    "    permissions: '0600'",
    // A JSON string is a YAML double-quoted scalar.
    `    content: ${JSON.stringify(envFile)}`,
    '',
  ].join('\n');

  return {
    env: modelId === '' ? {} : { MODEL: modelId },
    envFile,
    userData,
    userDataBase64: Buffer.from(userData, 'utf8').toString('base64'),
  };
};
