/** As Python's `os.path.join`: nothing is normalised, and an absolute second part stands alone. */
export function joinPath(folder: string, name: string): string {
  if (name.startsWith('/') || folder === '') return name
  return folder.endsWith('/') ? `${folder}${name}` : `${folder}/${name}`
}
