/** CRC-32 (ISO 3309, reflected 0xEDB88320); for headers and small logs, where zstd's own checksum does not reach. */
import { crc32 as zlibCrc32 } from 'node:zlib';

export function crc32(bytes: Uint8Array, from = 0, to = bytes.length): number {
  return zlibCrc32(bytes.subarray(from, to));
}
