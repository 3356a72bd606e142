export { type Failure, type Load, type LoadOptions, type LoadReport, startLoad } from './load.ts';
export { type LoadRequest, MIX, QUICK, type Share, STREAM, streamFor, UPLOAD_1_MIB, waitFor } from './requests.ts';
