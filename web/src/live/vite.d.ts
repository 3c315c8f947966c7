declare module '*?sharedworker&url' {
  const address: string
  // biome-ignore lint/style/noDefaultExport: as Vite makes it
  export default address
}
