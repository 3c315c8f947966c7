/** Collects remarks for the user about a converted configuration, without duplicates, in order. */
export interface Remarks {
  add(text: string): void
  all(): readonly string[]
}

export function openRemarks(): Remarks {
  const texts = new Set<string>()
  return {
    add: (text) => {
      texts.add(text)
    },
    all: () => [...texts],
  }
}
