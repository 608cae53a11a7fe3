// Forms of secret keys, which are pasted by mistake where a model id belongs.

/** Whole keys alone: no part of an id in use has one of these forms, nor is one likely to. */
const FORMS: readonly RegExp[] = [
  // Anthropic, OpenAI, OpenRouter, Moonshot, MiniMax, Langfuse, Helicone
  /^sk-(?:ant|proj|svcacct|admin|None|or|kimi|cp|lf|helicone)-/,
  // OpenAI, DeepSeek, LiteLLM and what else speaks OpenAI's protocol
  /^sk-[\w-]*[A-Za-z0-9]{20}[\w-]*$/,
  // Requesty
  /^rqsty-sk-/,
  // AWS, and its Bedrock
  /^A[KS]IA[A-Z0-9]{16}$/,
  /^ABSK[A-Za-z0-9]{30,}/,
  // Google
  /^AIza[\w-]{35}$/,
  /^(?:AQ\.|ya29\.)[\w-]{30,}$/,
  // Groq
  /^gsk_[A-Za-z0-9]{40,}$/,
  // xAI
  /^xai-[A-Za-z0-9]{40,}$/,
  // NVIDIA
  /^nvapi-[\w-]{40,}$/,
  // Hugging Face
  /^hf_[A-Za-z0-9]{30,}$/,
  // Replicate
  /^r8_[A-Za-z0-9]{30,}$/,
  // Perplexity
  /^pplx-[A-Za-z0-9]{40,}$/,
  // Cerebras
  /^csk-[a-z0-9]{40,}$/,
  // Together
  /^tgp_v1_[\w-]{30,}$/,
  // GitHub
  /^(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_\w{40,})$/,
  // Zhipu, Ollama
  /^[0-9a-f]{32}\.[\w-]{16,24}$/,
  // Databricks
  /^dapi[0-9a-f]{32}/,
  // Voyage
  /^pa-[\w-]{40,}$/,
  // GitLab, Slack, Tavily
  /^(?:glpat|xox[abprs]|tvly)-[\w-]{20,}$/,
  // many more: sk_…, fw_…, vck_…, cpk_…, wandb_v1_…, lsv2_pt_…; letters and digits, as words or a number alone are no key
  /^[a-z][a-z0-9]{1,8}_(?:[a-z0-9]{2,5}_)*(?=[0-9]*[A-Za-z])(?=[A-Za-z]*[0-9])[A-Za-z0-9]{20,}/,
  // a JSON Web Token
  /^eyJ[\w-]{10,}\.eyJ[\w-]+\.[\w-]*$/,
];

/** Behind a prefix as well: "anthropic:sk-ant-…". */
export const isSecretKey = (value: string): boolean =>
  value.split(/[/:]/).some((part) => FORMS.some((form) => form.test(part)));
