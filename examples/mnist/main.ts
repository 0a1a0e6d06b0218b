/** `npm run mnist`: trains a network on handwritten digits. `npm run mnist -- --help` tells the options. */
import { run } from './program.ts'

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(0) // the reader (`head`, say) has seen enough
})
process.exitCode = await run(process.argv.slice(2), process.stdout, process.stderr)
