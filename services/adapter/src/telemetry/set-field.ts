/** Gives a field of raw pairs one value: the first with that name takes it, further ones go, and a missing one is added. `name` in lower case. */
export function setField(headers: string[], name: string, value: string): void {
  let isSet = false;
  for (let i = 0; i < headers.length; i += 2) {
    if (headers[i]!.length !== name.length || headers[i]!.toLowerCase() !== name) continue;
    if (isSet) {
      headers.splice(i, 2);
      i -= 2;
    } else headers[i + 1] = value;
    isSet = true;
  }
  if (!isSet) headers.push(name, value);
}
