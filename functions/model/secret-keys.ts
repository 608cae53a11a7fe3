// Forms of secret keys, which are pasted by mistake where a model id belongs.

/** Whole keys alone: none of the ids in use has one of these forms, nor is one likely to. */
const FORMS: readonly RegExp[] = [
  // Anthropic, OpenAI, OpenRouter, Moonshot, MiniMax, Langfuse
  /^sk-(?:ant|proj|svcacct|admin|None|or|kimi|cp|lf)-/,
  // OpenAI, DeepSeek, LiteLLM and what else speaks OpenAI's protocol
  /^sk-[\w-]*[A-Za-z0-9]{20}[\w-]*$/,
  // AWS
  /^A[KS]IA[A-Z0-9]{16}$/,
  // Google
  /^AIza[\w-]{35}$/,
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
  // a JSON Web Token
  /^eyJ[\w-]{10,}\.eyJ[\w-]+\.[\w-]*$/,
];

export const isSecretKey = (value: string): boolean => FORMS.some((form) => form.test(value));
