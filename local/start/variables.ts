// The environment variables of `npm start`, as docs/local-stack.md lists them.

export const startVariables = {
  API_PORT: { standard: '3000', meaning: 'the port of the HTTP API and of the console; 0 for any free one' },
  AWS_PORT: { standard: '4599', meaning: 'the port of the AWS endpoint; 0 for any free one' },
  LOCAL_DIR: { standard: '.local', meaning: 'where the state is' },
  SECRETS_ENCRYPTION_KEY: { standard: 'made once', meaning: 'base64 of 32 bytes, or 32 raw bytes' },
  DATABASE_URL: { standard: 'an embedded server', meaning: 'another PostgreSQL server' },
  ALLOWED_MODEL_IDS: {
    standard: 'none',
    meaning: 'model ids to accept although a provider or runtime has the name',
  },
  MODEL_CATALOGUE: {
    standard: "the demo fleet's",
    meaning:
      "the path of a catalogue's JSON file; a stack without the demo fleet has none unless it is named",
  },
  CATALOGUE_MODE: { standard: 'warn', meaning: 'warn, enforce, or off for no catalogue' },
  REQUIRE_MODEL: {
    standard: 'false',
    meaning: 'true makes provision fail for a workspace without a pick',
  },
  REQUIRE_MODEL_EXEMPT: {
    standard: 'none',
    meaning: 'runtimes, separated by commas, that need no model',
  },
} as const;

export type StartVariable = keyof typeof startVariables;
