/** Why we do something else than plain Node, by probe. */
export const DIFFERENCES: Readonly<Record<string, string>> = {};
