/** The names of an architecture of Node.js in packages of Debian and of RPM. */
const NAMES: Readonly<Record<string, { readonly deb: string; readonly rpm: string }>> = {
  x64: { deb: 'amd64', rpm: 'x86_64' },
  arm64: { deb: 'arm64', rpm: 'aarch64' },
}

/** The names of the architecture of this machine, for which packages are made. */
export function packageArchitecture(arch: string = process.arch): { readonly deb: string; readonly rpm: string } {
  const names = NAMES[arch]
  if (names === undefined) throw new Error(`unsupported architecture "${arch}"`)
  return names
}
