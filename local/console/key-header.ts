/** Where a server of the console wants a key, the page sends it in this header, out of its address behind the #. */
export const KEY_HEADER = 'x-console-key';
