/** Configuration keys that only a stopped guest takes (contract, dispatcher behaviour: offline keys). */
const offline = {
  qemu: /^(cores|memory)$|^(scsi|virtio|ide|sata|efidisk)/,
  lxc: /^(cores|memory)$|^(mp|rootfs)/,
} as const;

/** Whether changing this key of a running guest would need it stopped. */
export function needsGuestOff(kind: 'qemu' | 'lxc', key: string): boolean {
  return offline[kind].test(key);
}
