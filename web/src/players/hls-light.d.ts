// The light build comes without types. They are those of the full build without some options.

declare module "hls.js/light" {
  export * from "hls.js";
  export { default } from "hls.js";
}
