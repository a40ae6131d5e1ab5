/** Mark in Proxmox that a guest waits for a decision (safety model). It is this server's own; nobody else sets it. */
export const pendingTag = 'proxbox-pending-deletion';

/** The tags in Proxmox's text; it takes semicolons, commas and blanks between them. */
export function tagsIn(text: string): string[] {
  return text.split(/[;, ]+/).filter((tag) => tag !== '');
}

/** Tags that somebody wants, with the mark as the guest has it: an update neither sets nor removes it. */
export function withMarkOf(live: string, wanted: string): string {
  const others = tagsIn(wanted).filter((tag) => tag !== pendingTag);
  return (tagsIn(live).includes(pendingTag) ? [...others, pendingTag] : others).join(';');
}
