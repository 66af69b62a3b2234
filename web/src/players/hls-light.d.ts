// The light build comes without types; it has those of the whole less some options.

declare module "hls.js/light" {
  export * from "hls.js";
  export { default } from "hls.js";
}
