// The demo fleet: 24 workspaces as a platform had them on the day before the rename.

export interface DemoWorkspace {
  name: string;
  runtime: string;
  /** The value under the legacy key. */
  legacy?: string;
  /** The value under the key that replaces it. */
  model?: string;
  /** Rows from before encryption hold plaintext. */
  plaintext?: true;
  /** A secret that is none of this service's business. */
  otherSecret?: string;
}

export const demoWorkspaces: readonly DemoWorkspace[] = [
  {
    name: 'release-notes',
    runtime: 'langgraph',
    legacy: 'anthropic/claude-sonnet-4.5',
    otherSecret: 'ANTHROPIC_API_KEY',
  },
  {
    name: 'pr-review',
    runtime: 'claude-code',
    legacy: 'anthropic:claude-sonnet-4-6',
    otherSecret: 'ANTHROPIC_API_KEY',
  },
  { name: 'invoice-triage', runtime: 'langgraph', legacy: 'minimax/MiniMax-M2.7', plaintext: true },
  {
    name: 'incident-scribe',
    runtime: 'crewai',
    legacy: 'azure-openai/gpt-5.1',
    otherSecret: 'AZURE_OPENAI_API_KEY',
  },
  { name: 'docs-translator', runtime: 'deepagents', legacy: '@cf/moonshotai/kimi-k2.5' },
  { name: 'lead-research', runtime: 'autogen', legacy: 'alibaba/qwen3-coder-plus', plaintext: true },
  { name: 'test-writer', runtime: 'codex', legacy: 'azure-openai/gpt-5.1-codex-max' },
  {
    name: 'support-drafts',
    runtime: 'langgraph',
    legacy: 'MiniMaxAI/MiniMax-M2.5',
    otherSecret: 'SLACK_BOT_TOKEN',
  },
  { name: 'log-digest', runtime: 'ollama', legacy: 'TEE/glm-4.7-flash', plaintext: true },
  { name: 'schema-advisor', runtime: 'claude-code', legacy: 'au.anthropic.claude-sonnet-5' },
  { name: 'on-call-buddy', runtime: 'openclaw', legacy: 'accounts/fireworks/models/kimi-k2-thinking' },
  // The two poisoned ones: a provider's slug and a runtime's name where a model id belongs.
  {
    name: 'churn-watch',
    runtime: 'claude-code',
    legacy: 'minimax',
    plaintext: true,
    otherSecret: 'MINIMAX_API_KEY',
  },
  { name: 'quote-builder', runtime: 'claude-code', legacy: 'claude-code' },
  // Both keys: what is under the new one wins.
  {
    name: 'roadmap-miner',
    runtime: 'langgraph',
    legacy: 'anthropic/claude-sonnet-3.5',
    model: 'anthropic/claude-sonnet-4.5',
  },
  { name: 'seo-audit', runtime: 'crewai', legacy: 'minimax', model: 'minimax/MiniMax-M2.7', plaintext: true },
  { name: 'code-search', runtime: 'codex', legacy: 'azure-openai/gpt-5-pro', model: 'azure-openai/gpt-5.2' },
  { name: 'meeting-notes', runtime: 'google-adk', model: 'anthropic.claude-sonnet-4-5-20250929-v1:0' },
  {
    name: 'contract-diff',
    runtime: 'deepagents',
    model: 'anthropic/claude-sonnet-4.5:thinking',
    otherSecret: 'ANTHROPIC_API_KEY',
  },
  { name: 'data-labels', runtime: 'langgraph', model: 'alibaba/qwen3-coder-next' },
  // No pick: the runtime's own default applies.
  { name: 'sandbox', runtime: 'mock' },
  { name: 'newsletter', runtime: 'langgraph', otherSecret: 'MAILGUN_API_KEY' },
  { name: 'price-monitor', runtime: 'hermes' },
  { name: 'hiring-screen', runtime: 'autogen' },
  { name: 'ops-console', runtime: 'external' },
];
