/** Goes before a program that must find no cgroup: as on a host with the old hierarchy only, or for an ordinary user. */
export const NO_CGROUPS: readonly string[] = [
  'unshare',
  '--mount',
  '--propagation',
  'private',
  'sh',
  '-c',
  'for it in $(findmnt -rnt cgroup2 -o TARGET); do umount -l "$it"; done; exec "$@"',
  'sh',
]

/** Both ways in which what a run has started is told from the rest. */
export const WAYS: readonly { readonly how: string; readonly under: readonly string[] }[] = [
  { how: 'with cgroups', under: [] },
  { how: 'without cgroups', under: NO_CGROUPS },
]
