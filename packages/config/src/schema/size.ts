const UNITS_BYTES = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3, TiB: 1024 ** 4 } as const;

type Unit = keyof typeof UNITS_BYTES;

/** Reads `512MiB`, and a plain number counted in units of `plainBytes`, as whole bytes; `KB` and its kin are refused because they mean two things. */
export function parseSize(value: unknown, plainBytes: number): { bytes: number } | { nearest: string | undefined } {
  if (typeof value === 'number') {
    if (Number.isSafeInteger(value * plainBytes) && value >= 0) return { bytes: value * plainBytes };
    return { nearest: undefined };
  }
  if (typeof value !== 'string' || value.length > 40) return { nearest: undefined };
  if (value === '0') return { bytes: 0 };
  const exact = /^(\d+(?:\.\d+)?)(B|KiB|MiB|GiB|TiB)$/.exec(value);
  if (exact) {
    const bytes = Math.round(Number(exact[1]) * UNITS_BYTES[exact[2] as Unit]);
    return Number.isSafeInteger(bytes) ? { bytes } : { nearest: undefined };
  }
  const loose = /^\s*(\d+(?:\.\d+)?)\s*([kmgt]?)i?b?\s*$/i.exec(value);
  if (!loose) return { nearest: undefined };
  const letter = loose[2]!.toUpperCase();
  return { nearest: `${loose[1]}${letter ? `${letter}iB` : 'B'}` };
}

/** Bytes in the largest unit that divides them. */
export function formatSize(bytes: number): string {
  if (bytes === 0) return '0';
  for (const unit of ['GiB', 'MiB', 'KiB'] as const) if (bytes % UNITS_BYTES[unit] === 0) return `${bytes / UNITS_BYTES[unit]}${unit}`;
  return `${bytes}B`;
}
