// Forms of addresses, which are pasted where a model id belongs.

/** An id may have a scheme as well: gpt://, wandb-artifact://, hf://. */
const WITH_SCHEME = /^(?:https?:|(?:wss?|s?ftp|ssh|git|s3|gs|file):\/\/)/i;

const HOST = String.raw`(?:[a-z0-9-]+\.)+(?:com|ai|io|org|net|cn|dev|co|app)`;

/** Without a scheme. Behind a host an id may follow: hf.co/org/name, but not below /api or /v1. */
const WITHOUT_SCHEME: readonly RegExp[] = [
  new RegExp(String.raw`^${HOST}(?::\d+)?(?:\/(?:(?:api|v\d+)(?:\/.*)?)?)?$`, 'i'),
  /^(?:api|www)\.[a-z0-9.-]+(?::\d+)?(?:\/|$)/i,
  /^(?:localhost|\d{1,3}(?:\.\d{1,3}){3})(?::\d+)?(?:\/|$)/i,
  // mail, and git over SSH
  new RegExp(String.raw`^[\w.-]+@${HOST}(?:[:/]|$)`, 'i'),
  /^\/\//,
];

export const hasScheme = (value: string): boolean => WITH_SCHEME.test(value);

/** A provider's name may be one: "z.ai". */
export const isHostOrMail = (value: string): boolean => WITHOUT_SCHEME.some((form) => form.test(value));
