/** Whether a text is a token (RFC 9110, 5.6.2): what a method and the name of a field are. */
export const isToken = (text: unknown): text is string => typeof text === 'string' && /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(text);
