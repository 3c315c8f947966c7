/**
 * From now on, long-lived objects are garbage collected early, so that a set of thousands of objects is made within 150 MB. Not enabled from the
 * beginning, because it would make every start a tenth of a second longer. It has an effect when it is resolved: wait for it before much is read.
 */
export async function limitMemory(): Promise<void> {
  // Loaded here: it loads all streams of Node.js.
  const { setFlagsFromString } = await import('node:v8')
  setFlagsFromString('--optimize-for-size')
}
