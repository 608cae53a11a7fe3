// What a new machine is given: the environment, the file that carries it, and the cloud-config that writes the file.

const ENV_FILE_PATH = '/etc/workspace/model.env';

/** `env` holds MODEL and nothing else, or nothing where there is no pick. */
export interface UserData {
  env: { MODEL?: string };
  /** Read alike by `docker run --env-file` and systemd's `EnvironmentFile`. */
  env_file: string;
  /** A cloud-config for cloud-init. */
  user_data: string;
  user_data_base64: string;
}

/**
 * Builds a machine's user-data from a valid model id, or from an empty string where nothing is picked.
 * A model id has no character that an env file, YAML or a shell would treat specially inside these forms, so it
 * stands there as it is. The file is written even when it is empty: a unit that names it can then always start.
 */
export const buildUserData = (modelId: string): UserData => {
  const env_file = modelId === '' ? '' : `MODEL=${modelId}\n`;
  const user_data = [
    '#cloud-config',
    'write_files:',
    `  - path: ${ENV_FILE_PATH}`,
    '    owner: root:root',
    "    permissions: '0600'",
    // A JSON string is a YAML double-quoted scalar.
    `    content: ${JSON.stringify(env_file)}`,
    '',
  ].join('\n');

  return {
    env: modelId === '' ? {} : { MODEL: modelId },
    env_file,
    user_data,
    user_data_base64: Buffer.from(user_data, 'utf8').toString('base64'),
  };
};
