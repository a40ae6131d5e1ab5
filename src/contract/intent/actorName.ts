/** The nearest name that the schema of actors takes, for one that an operating system gave. */
export function toActor(name: string): string {
  const plain = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^A-Za-z0-9 ._@+-]+/g, '-')
    .slice(0, 80)
    .replace(/^[^A-Za-z0-9]+|[^A-Za-z0-9]+$/g, '');
  return plain === '' ? 'operator' : plain;
}
