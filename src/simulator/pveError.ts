/** An answer other than success, with the status and the words Proxmox uses. */
export class PveError extends Error {
  override readonly name = 'PveError';
  readonly status: number;
  /** Texts by parameter, for rejected parameters. */
  readonly errors: Readonly<Record<string, string>> | null;
  /** pveproxy itself answers with the reason phrase alone; the API daemon sends a JSON body. */
  readonly hasBody: boolean;

  constructor(
    status: number,
    message: string,
    options: { readonly errors?: Readonly<Record<string, string>>; readonly hasBody?: boolean } = {},
  ) {
    super(message);
    this.status = status;
    this.errors = options.errors ?? null;
    this.hasBody = options.hasBody ?? true;
  }
}

/** 400, as Proxmox words rejected parameters. */
export function parameterError(errors: Readonly<Record<string, string>>): PveError {
  return new PveError(400, 'Parameter verification failed.\n', { errors });
}
