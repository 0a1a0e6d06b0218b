import * as library from '/dist/index.js'
import { threads } from '/threads.js'

self.postMessage(await threads(library, { workers: 1 }))
