import * as library from '/dist/index.js'
import { trial } from '/trial.js'

self.postMessage(await trial(library))
