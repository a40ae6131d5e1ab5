/** Local time of day in 24 h form: "12:03". */
export function clockText(epochMs: number): string {
  const date = new Date(epochMs);
  return `${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** Local time of day with seconds: "12:03:14". */
export function clockTextWithSeconds(epochMs: number): string {
  return `${clockText(epochMs)}:${two(new Date(epochMs).getSeconds())}`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
