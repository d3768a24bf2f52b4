import type { Installation } from './installation.ts'

/** Stops the SeaTable server. False when there is none, or when it was not running: then it must not be started either. */
export const stopServer = async ({ server }: Installation): Promise<boolean> => {
  if (server === null) return false
  const now = await server.cli.find(server.container.name)
  if (!now?.running) return false
  await server.cli.stop(server.container.name)
  return true
}

export const startServer = async ({ server }: Installation): Promise<void> => {
  if (server !== null) await server.cli.start(server.container.name)
}
