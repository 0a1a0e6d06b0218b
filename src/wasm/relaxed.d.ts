/**
 * build/wasm/relaxed.wasm in base64, and what it was made from. `relaxed.js` is written by scripts/build.mjs: in JavaScript, and in
 * this place, so that Node finds it beside src/wasm/binary.ts as it does beside the file of the library.
 */
export const wasmBase64: string
export const sources: string
