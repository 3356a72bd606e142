/** One field of a protobuf message: a number, or bytes that may be a text or a message. */
export interface Field {
  readonly number: number;
  readonly value: bigint | Buffer;
}

/** The fields of a protobuf message in the order in which they stand; throws for what is none. */
export function readFields(bytes: Buffer): Field[] {
  const fields: Field[] = [];
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes.readUInt8(at++);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const take = (length: number): Buffer => {
    if (at + length > bytes.length) throw new Error(`a field of ${length} bytes at ${at} of ${bytes.length}`);
    at += length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const tag = Number(varint());
    const number = tag >> 3;
    if ((tag & 7) === 0) fields.push({ number, value: varint() });
    else if ((tag & 7) === 1) fields.push({ number, value: take(8).readBigUInt64LE() });
    else if ((tag & 7) === 2) fields.push({ number, value: take(Number(varint())) });
    else if ((tag & 7) === 5) fields.push({ number, value: BigInt(take(4).readUInt32LE()) });
    else throw new Error(`wire type ${tag & 7} of field ${number}`);
  }
  return fields;
}

/** Every message under a field number. */
export function messages(fields: readonly Field[], number: number): Field[][] {
  return all(fields, number).map((value) => readFields(value as Buffer));
}

export function all(fields: readonly Field[], number: number): (bigint | Buffer)[] {
  return fields.filter((field) => field.number === number).map(({ value }) => value);
}

export function text(fields: readonly Field[], number: number): string {
  return (all(fields, number)[0] as Buffer | undefined)?.toString() ?? '';
}

export function hex(fields: readonly Field[], number: number): string {
  return (all(fields, number)[0] as Buffer | undefined)?.toString('hex') ?? '';
}

export function integer(fields: readonly Field[], number: number): bigint {
  return (all(fields, number)[0] as bigint | undefined) ?? 0n;
}
