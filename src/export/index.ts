export { EXPORT_FORMATS, exportRecording, type ExportFormat, type ExportOptions } from './export.js';
