/** Downloads a file in the browser. */
export function saveFile(name: string, { text, type }: { readonly text: string; readonly type: string }): void {
  const address = URL.createObjectURL(new Blob([text], { type }))
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(address), 60_000)
}
