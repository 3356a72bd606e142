// Where a request is in its pipeline: numbers, for there may be many requests.

/** In the twelve steps. */
export const IN_STEPS = 0;
/** The app is being called. */
export const CALLING_APP = 1;
/** The app has the request. */
export const IN_APP = 2;
/** The steps are over, the response is not. */
export const SENDING = 3;
export const OVER = 4;
