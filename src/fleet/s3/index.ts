export { parseS3Target, type S3Target } from './target.js';
export { bringBack, offload, prepareOffload, type OffloadOptions, type OffloadResult } from './offload.js';
export { offloadedDisk } from './remote-disk.js';
export { readOffloadList, type OffloadList } from './offload-list.js';
