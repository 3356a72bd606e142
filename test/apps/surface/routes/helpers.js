/** Waits so many milliseconds. */
export const later = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** The whole body. */
export async function bodyOf(req) {
  const chunks = [];
  for await (const chunk of req) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Answers with a value. */
export function json(res, value) {
  const text = JSON.stringify(value);
  res.setHeader('Content-Type', 'application/json');
  res.end(text);
}

/** What an action gives, or the code of what it throws. */
export function tryIt(action) {
  try {
    return action() ?? 'ok';
  } catch (error) {
    return error.code ?? error.name;
  }
}
