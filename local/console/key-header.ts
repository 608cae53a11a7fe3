/** The header in which the page sends the key of its server: it has it from the fragment (#) of its address. */
export const KEY_HEADER = 'x-console-key';
