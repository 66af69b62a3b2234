// The official tus client, run with node: uploads one file and tells on stdout what happens.
import { readFileSync } from "node:fs";
import * as tus from "../../../web/node_modules/tus-js-client/lib.esm/node/index.js";

const options = JSON.parse(process.argv[2]);
const tell = (event) => process.stdout.write(`${JSON.stringify(event)}\n`);

const upload = new tus.Upload(readFileSync(options.file), {
  endpoint: options.endpoint,
  uploadUrl: options.uploadUrl ?? null,
  headers: { Authorization: `Bearer ${options.token}` },
  metadata: options.metadata,
  chunkSize: options.chunkSize ?? Number.POSITIVE_INFINITY,
  uploadDataDuringCreation: options.withCreation ?? false,
  retryDelays: Array(60).fill(250),
  onBeforeRequest: (request) =>
    tell({
      asks: request.getMethod(),
      offset: request.getHeader("Upload-Offset") ?? null,
    }),
  onAfterResponse: (_request, response) => {
    const offset = response.getHeader("Upload-Offset");
    if (offset !== undefined) tell({ acknowledged: Number(offset) });
    const video = response.getHeader("Streamit-Video");
    if (video !== undefined) tell({ video });
  },
  onUploadUrlAvailable: () => tell({ url: upload.url }),
  onSuccess: () => tell({ success: true }),
  onError: (error) => {
    const response = error.originalResponse;
    tell({ failed: response ? response.getStatus() : 0, body: response?.getBody() ?? String(error) });
  },
});
upload.start();
