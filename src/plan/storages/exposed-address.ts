const PLAIN = /^\s*http:\/\//iu
const LOOPBACK = /^\s*http:\/\/(?:[^/?#@\\]*@)?(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d*)?(?:[/?#\\]|$)/iu

/** Whether what is sent to this address leaves the host without encryption. Of an address of which only the beginning is known, that decides. */
export function isExposedAddress(address: string): boolean {
  return PLAIN.test(address) && !LOOPBACK.test(address)
}

/** Whether a host, as its name or number stands in an address, is this one. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.test(`http://${host}`)
}
