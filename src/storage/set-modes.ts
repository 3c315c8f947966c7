import type { SetPlace } from './place.ts'

type Modes = SetPlace['spec']

/**
 * The modes of sets in a root that belongs to somebody else. He chose its group, and with a default ACL whom else he likes (acl(5)), and both would be
 * handed down; so only what is open to everybody is open to the group.
 */
export function closedModes({ folderMode, fileMode, ...rest }: Modes): Modes {
  return { ...rest, folderMode: withoutGroup(folderMode), fileMode: withoutGroup(fileMode) }
}

function withoutGroup(mode: number): number {
  const others = mode & 0o7
  return (mode & ~0o70) | (others << 3)
}
