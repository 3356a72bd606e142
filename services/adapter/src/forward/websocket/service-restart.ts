/** "Service Restart" in the IANA registry of WebSocket close codes (RFC 6455, 11.7): the client may come back, after a random while. */
const CODE = 1012;

/** A close frame of a server. */
export const CLOSE_TO_CLIENT = Buffer.from([0x88, 2, CODE >> 8, CODE & 0xff]);

/** The same from a client: masked, by a key of zeros. */
export const CLOSE_TO_APP = Buffer.from([0x88, 0x82, 0, 0, 0, 0, CODE >> 8, CODE & 0xff]);
