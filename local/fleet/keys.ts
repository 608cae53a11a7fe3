// The two keys of a pick. The legacy one is here only because the demo fleet starts from before the rename.

export const LEGACY_KEY = 'MODEL_PROVIDER';
export const MODEL_KEY = 'MODEL';
