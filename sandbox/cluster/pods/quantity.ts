const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
};

/** Bytes of a Kubernetes memory quantity such as `256Mi`; undefined when it is not one. */
export function memoryBytes(quantity: string | undefined): number | undefined {
  const [, digits = '', unit = ''] = /^(\d+)([A-Za-z]*)$/.exec(quantity ?? '') ?? [];
  const factor = UNITS[unit];
  return digits === '' || factor === undefined ? undefined : Number(digits) * factor;
}
