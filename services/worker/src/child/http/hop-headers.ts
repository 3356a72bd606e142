/** What Node's parser learns from the head for itself. */
export interface HopHeaders {
  readonly keepAlive: boolean;
  readonly expect: string | undefined;
}

const PLAIN_11: HopHeaders = { keepAlive: true, expect: undefined };
const PLAIN_10: HopHeaders = { keepAlive: false, expect: undefined };

/** Reads Connection and Expect from raw pairs, without building the headers object that an app may never ask for. */
export function readHopHeaders(headers: readonly string[], version: '1.0' | '1.1'): HopHeaders {
  let connection: string | undefined;
  let expect: string | undefined;
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index] as string;
    if (name.length === 10) {
      if (name.toLowerCase() === 'connection')
        connection = connection === undefined ? headers[index + 1] : `${connection}, ${headers[index + 1]}`;
    } else if (name.length === 6 && name.toLowerCase() === 'expect') expect = headers[index + 1];
  }
  if (connection === undefined && expect === undefined) return version === '1.1' ? PLAIN_11 : PLAIN_10;
  const says = (token: string): boolean => connection?.split(',').some((item) => item.trim().toLowerCase() === token) ?? false;
  return { keepAlive: version === '1.1' ? !says('close') : says('keep-alive') && !says('close'), expect };
}
