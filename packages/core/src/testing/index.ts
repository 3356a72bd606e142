export { makeCertificate, type TestCertificate } from './certificate.ts';
export { freePort } from './free-port.ts';
