// Names of agent runtimes, lower-case. They were once stored where a model id belongs; none is one.
// Source: the platform's runtime manifest, August 2026.

export const runtimeNames: ReadonlySet<string> = new Set([
  'autogen',
  'claude-code',
  'claude-code-default',
  'codex',
  'crewai',
  'custom',
  'deepagents',
  'external',
  'gemini-cli',
  'google-adk',
  'hermes',
  'kimi',
  'langgraph',
  'mock',
  'ollama',
  'openclaw',
  'platform-agent',
  'seo-agent',
]);
