/** The head of a message as it came over the wire, without the empty line. */
export const headOf = (text: string): string => text.slice(0, text.indexOf('\r\n\r\n'));

/** What stands behind the head. */
export const bodyOf = (text: string): string => text.slice(text.indexOf('\r\n\r\n') + 4);

/** The value of the first header field with this name. */
export const fieldOf = (text: string, name: string): string | undefined =>
  new RegExp(`^${name}: (.*)$`, 'im').exec(headOf(text))?.[1]?.trim();

/** A chunked body without its framing. */
export const unchunk = (body: string): string => body.replace(/[0-9a-f]+\r\n([\s\S]*?)\r\n/gi, '$1').replace(/0\r\n\r\n$/, '');

/** What does not change from one run to the next. */
export const stable = (text: string): string => text.replace(/^Date: .*\r\n/im, '');
